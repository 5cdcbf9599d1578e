import { expect } from 'chai';
import { createTransport } from 'nodemailer';
import { ImapFlow } from 'imapflow';
import { Fault } from '../../src/fault.js';
import { serve, type NamedEndpoint, type RunningServer } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';

/** One connection of nodemailer; what it thinks of the server is its own business. */
const sendMail = async (
  { host, port, tls, user, password, from, to }: NamedEndpoint,
  ca: string,
  requireTLS: boolean,
): Promise<void> => {
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS,
    tls: { ca },
    auth: { user, pass: password },
  });
  await transport.sendMail({ from, to, subject: 'x', text: 'x' }).catch(() => undefined);
  transport.close();
};

/** The verdicts of as many connections as `count`, once they are in. */
const verdictsOf = (
  count: number,
): { readonly onVerdict: (verdict: ServedVerdict) => void; readonly all: Promise<ServedVerdict[]> } => {
  const verdicts: ServedVerdict[] = [];
  let done: (all: ServedVerdict[]) => void = () => undefined;
  const all = new Promise<ServedVerdict[]>((resolve) => {
    done = resolve;
  });
  return {
    all,
    onVerdict: (verdict) => {
      verdicts.push(verdict);
      if (verdicts.length === count) done(verdicts);
    },
  };
};

const only = ({ endpoints: [endpoint] }: RunningServer): NamedEndpoint => {
  if (endpoint === undefined) throw new Error('an endpoint was expected');
  return endpoint;
};

describe('serve', () => {
  it('keeps an honest endpoint up for every protocol and mode with a port of its own', async () => {
    await using server = await serve();
    expect(server.endpoints.map(({ case: key }) => key)).to.deep.equal(
      [
        'smtp+starttls',
        'smtp+implicit',
        'imap+starttls',
        'imap+implicit',
        'pop3+starttls',
        'pop3+implicit',
        'managesieve+starttls',
      ].map((each) => `control@${each}#server`),
    );
    for (const { host } of server.endpoints) expect(host).to.equal('localhost');
  });

  it('judges every connection: the first one is the control, then the scenario plays', async () => {
    const { all, onVerdict } = verdictsOf(3);
    await using server = await serve({
      protocol: 'smtp',
      tls: 'starttls',
      scenario: 'starttls-not-offered',
      onVerdict,
    });
    const endpoint = only(server);
    await sendMail(endpoint, server.ca, true);
    await sendMail(endpoint, server.ca, true);
    await sendMail(endpoint, server.ca, false);
    expect((await all).map(({ one, judgement }) => [one.scenario.id, judgement.status])).to.deep.equal([
      ['control', 'safe'],
      ['starttls-not-offered', 'safe'],
      ['starttls-not-offered', 'unsafe'],
    ]);
    expect(server.verdicts).to.have.length(3);
  });

  it('serves the same accounts again for the same seed', async () => {
    const accounts = async (): Promise<string[]> => {
      await using server = await serve({ protocol: 'imap', seed: 'same' });
      return server.endpoints.map(({ user, password }) => `${user} ${password}`);
    };
    expect(await accounts()).to.deep.equal(await accounts());
  });

  it('imapflow completes a visit', async () => {
    const { all, onVerdict } = verdictsOf(1);
    await using server = await serve({ protocol: 'imap', tls: 'implicit', onVerdict });
    const { host, port, user, password: pass } = only(server);
    const client = new ImapFlow({
      host,
      port,
      secure: true,
      tls: { ca: server.ca },
      auth: { user, pass },
      logger: false,
    });
    await client.connect();
    await client.logout();
    expect((await all)[0]?.judgement.status).to.equal('safe');
  });

  it('refuses what it can’t serve, and strangers', async () => {
    const code = async (options: Parameters<typeof serve>[0]): Promise<string> =>
      serve(options).then(
        () => 'served',
        (error: unknown) => (error instanceof Fault ? error.code : String(error)),
      );
    expect(await code({ scenario: 'nothing-like-it' })).to.equal('BAD_USAGE');
    expect(await code({ protocol: 'imap', tls: 'implicit', scenario: 'starttls-refused' })).to.equal('BAD_USAGE');
    expect(await code({ listen: '0.0.0.0' })).to.equal('BAD_USAGE');
    expect(await code({ listen: '192.0.2.1', allowClients: ['192.0.2.2'], protocol: 'imap' })).to.equal('CANNOT_BIND');
  });
});
