import { createServer, isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Fault } from '../fault.js';
import type { ForwardProxy, Route } from '../probes/route.js';
import type { ClientCertificate } from '../probes/tolerant-context.js';
import { hostPort } from '../wire/host-port.js';
import { readText } from './files.js';
import type { CommonOptions } from './options.js';

/** A proxy as a report shows it: without its password. */
export const proxyText = ({ kind, host, port, login }: ForwardProxy): string =>
  `${kind}://${login === undefined ? '' : `${encodeURIComponent(login.user)}:PASSWORD@`}${hostPort(host, port)}`;

type RouteOptions = Pick<CommonOptions, 'proxy' | 'sendProxy' | 'source' | 'domain' | 'mx'>;

/** How an audit's connections reach the servers; throws `BAD_USAGE` for what cannot be. */
export const routeOf = async ({ proxy, sendProxy, source, domain, mx }: RouteOptions): Promise<Route | undefined> => {
  if (proxy !== undefined && (domain === true || mx === true))
    throw new Fault(
      'BAD_USAGE',
      '--proxy is not for --domain and --mx, whose DNS queries and files would go around the proxy; audit the hosts by name',
    );
  if (source !== undefined) await requireOwn(source);
  if (proxy === undefined && sendProxy === undefined && source === undefined) return undefined;
  return {
    ...(proxy && { proxy }),
    ...(sendProxy && { header: sendProxy }),
    ...(source !== undefined && { source }),
  };
};

/** The family of addresses that a source address leaves. */
export const familyFrom = (source: string | undefined, family: 4 | 6 | undefined): 4 | 6 | undefined => {
  if (source === undefined) return family;
  const own = isIP(source) === 6 ? 6 : 4;
  if (family !== undefined && family !== own)
    throw new Fault('BAD_USAGE', `--source ${source} is no IPv${String(family)} address; drop -${String(family)}`);
  return own;
};

/** The certificate and key to show; throws `BAD_USAGE` where they cannot be used. */
export const clientCertificateOf = ({
  clientCert,
  clientKey,
}: Pick<CommonOptions, 'clientCert' | 'clientKey'>): ClientCertificate | undefined => {
  if (clientCert === undefined) {
    if (clientKey !== undefined) throw new Fault('BAD_USAGE', '--client-key needs --client-cert');
    return undefined;
  }
  const cert = readText(clientCert, 'the client certificate');
  const key = clientKey === undefined ? cert : readText(clientKey, 'the key of the client certificate');
  try {
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = /mismatch/i.test(why)
      ? 'the key does not belong to the certificate'
      : /passphrase|password|bad decrypt|interrupted/i.test(why)
        ? 'the key is encrypted; decrypt it first, for instance with openssl pkey'
        : clientKey === undefined
          ? 'it should hold a certificate and its key (PEM); a key in another file is given with --client-key'
          : 'a certificate and its key are expected, both PEM';
    throw new Fault('BAD_USAGE', `the client certificate ${JSON.stringify(clientCert)} cannot be used: ${what}`, {
      cause: error,
    });
  }
};

const requireOwn = (source: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      reject(
        new Fault('BAD_USAGE', `--source ${source} is no address of this machine that can be used`, { cause: error }),
      );
    });
    server.listen({ host: source, port: 0 }, () => {
      server.close(() => {
        resolve();
      });
    });
  });
