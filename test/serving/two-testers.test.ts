import { expect } from 'chai';
import { ImapFlow } from 'imapflow';
import { serve } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';
import { until } from '../support/processes.js';

describe('Two testers behind one address', () => {
  it('are told apart by their user names, and each is seen without an attack first', async function () {
    this.timeout(30_000);
    const seen: ServedVerdict[] = [];
    await using server = await serve({
      protocol: 'imap',
      tls: 'starttls',
      scenario: 'starttls-not-offered',
      account: { user: 'alice', password: 'of the lab' },
      onVerdict: (verdict) => seen.push(verdict),
    });
    const [endpoint] = server.endpoints;
    const visit = async (user: string, doSTARTTLS: boolean): Promise<void> => {
      const before = seen.length;
      const client = new ImapFlow({
        host: endpoint?.host ?? '',
        port: endpoint?.port ?? 0,
        secure: false,
        doSTARTTLS: doSTARTTLS ? true : undefined,
        auth: { user, pass: 'of the lab' },
        tls: { ca: server.ca },
        logger: false,
      });
      client.on('error', () => undefined);
      await client.connect().then(
        () => client.logout(),
        () => undefined,
      );
      client.close();
      await until('a verdict', () => seen.length > before);
    };
    await visit('alice+phone', false);
    await visit('alice+phone', false);
    await visit('alice+laptop', false);
    await visit('alice+laptop', false);
    await visit('alice+laptop', false);
    const told = seen.map(
      ({ client, one, judgement }) => `${/user (\S+)/.exec(client)?.[1] ?? ''} ${one.scenario.id} ${judgement.status}`,
    );
    expect(told.filter((line) => line.includes('control'))).to.deep.equal([
      'alice+phone control safe',
      'alice+laptop control safe',
    ]);
    expect(told)
      .to.include('alice+phone starttls-not-offered unsafe')
      .and.include('alice+laptop starttls-not-offered unsafe');
  });
});
