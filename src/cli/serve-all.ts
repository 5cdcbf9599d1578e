import { randomBytes, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { Fault } from '../fault.js';
import { relayOf, spamAssassinOf, type Services } from '../rest/services.js';
import { MailSite } from '../rest/site.js';
import { startRestServer, type RestServer } from '../rest/server.js';
import { serveAll, type DropIn } from '../serving/drop-in.js';
import { listening } from '../serving/listening.js';
import type { NamedEndpoint, NamedServeOptions, RunningServer } from '../serving/named-serve.js';
import { setupDocuments, type SetupDocument } from '../serving/setup-documents.js';
import { setUpName } from '../report/set-up.js';
import { hostPort } from '../wire/host-port.js';
import type { CommonOptions } from './options.js';

/** All servers, and with `--http` what tells of their mails. */
export interface Everything extends AsyncDisposable {
  readonly mail: DropIn['mail'];
  readonly served: RunningServer;
  readonly http?: RestServer;
  /** What requests have to bring, where it was made up. */
  readonly token?: string;
}

/** Starts all servers. Throws `BAD_USAGE`, `CANNOT_BIND`. */
export const serveEverything = async (options: CommonOptions, named: NamedServeOptions): Promise<Everything> => {
  const { portOffset, unprivilegedPorts, http: port, maildir, mostMails, plaintext, listen, allowClient } = options;
  const services = servicesOf(options);
  const ports = unprivilegedPorts === true ? 'unprivileged' : portOffset;
  const all = await serveAll({
    ...named,
    ...(ports !== undefined && { ports }),
    ...(plaintext === true && { plaintext: 'served' }),
    ...(maildir !== undefined && { maildir: resolve(maildir) }),
    ...(mostMails !== undefined && { mostMails }),
  });
  const { served } = all;
  if (port === undefined) return { served, mail: all.mail, [Symbol.asyncDispose]: () => served.stop() };
  try {
    const token = listen === undefined ? undefined : (process.env[TOKEN] ?? randomBytes(24).toString('hex'));
    if (token !== undefined && token.length < SHORTEST_TOKEN)
      throw new Fault('BAD_USAGE', `${TOKEN} must have at least ${String(SHORTEST_TOKEN)} characters`);
    const { allows } = listening(listen, allowClient);
    const http = await startRestServer({
      site: new MailSite(all, documentsOf(all, named.account !== undefined), services),
      port,
      ...(listen !== undefined && { listen: listen.replace(/^\[(.*)\]$/, '$1') }),
      ...(token !== undefined && { token }),
      ...(allows && { allows }),
    });
    return {
      served,
      mail: all.mail,
      http,
      ...(token !== undefined && process.env[TOKEN] === undefined && { token }),
      [Symbol.asyncDispose]: async () => {
        await http[Symbol.asyncDispose]();
        await served.stop();
      },
    };
  } catch (error) {
    await served.stop();
    throw error;
  }
};

const servicesOf = ({ relay, spamassassin, linkCheck, listen }: CommonOptions): Services => {
  const servesOthers = listen !== undefined;
  return {
    ...(relay !== undefined && { relay: relayOf(relay, servesOthers) }),
    ...(spamassassin !== undefined && { spamAssassin: spamAssassinOf(spamassassin, servesOthers) }),
    ...(linkCheck !== undefined && { links: linkCheck }),
  };
};

/** What is entered into clients: one line a server, and what all have in common. */
export const everythingLines = (
  { served, http, token }: Everything,
  ca: string,
  account: { readonly login: { readonly user: string }; readonly file: string } | undefined,
): string =>
  [
    ...served.endpoints.map(
      (endpoint) =>
        `${endpoint.portRole.padEnd(12)} ${hostPort(endpoint.host, endpoint.port).padEnd(16)} ${setUpName(endpoint)}`,
    ),
    account === undefined
      ? 'account      any user with any password'
      : `account      ${account.login.user}, the password in ${account.file}`,
    `CA           ${ca}`,
    ...(http === undefined ? [] : [`HTTP         ${http.url}`]),
    ...(token === undefined ? [] : [`token        ${token}`]),
  ].join('\n');

/** The CA in every form, and settings for clients. */
const documentsOf = ({ authority, served }: DropIn, hasAccount: boolean): SetupDocument[] => {
  // A password of the user's own is asked for by the client, and not handed out.
  const accounts = served.endpoints.map(({ password, ...rest }: NamedEndpoint) => ({
    ...rest,
    ...(!hasAccount && { password }),
  }));
  return [
    ...setupDocuments({ ca: authority, accounts }).filter(({ path }) => path !== '/'),
    {
      path: '/ca.der',
      type: 'application/x-x509-ca-cert',
      title: 'CA certificate (DER)',
      body: new X509Certificate(authority.pem).raw,
    },
    {
      path: '/ca.jks',
      type: 'application/octet-stream',
      title: 'CA certificate (JKS, password changeit): older Java',
      body: authority.jks(),
    },
  ];
};

const TOKEN = 'WAXSEAL_HTTP_TOKEN';
/** Characters. */
const SHORTEST_TOKEN = 16;
