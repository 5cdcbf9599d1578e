import { createTransport } from 'nodemailer';
import { expect } from 'chai';
import type { ClientFunction } from '../../src/clients/library.js';
import { clientCases, testClient, type TestClientOptions } from '../../src/testing/test-client.js';
import starttlsNotOffered from '../../src/scenarios/starttls-not-offered.js';
import { it } from '../support/in-turn.js';

const sending =
  (options: object): ClientFunction =>
  async ({ nodemailer, from, to, message }) => {
    const transport = createTransport({ ...nodemailer, ...options });
    try {
      await transport.sendMail({ envelope: { from, to }, raw: message });
    } finally {
      transport.close();
    }
  };

describe('testClient', () => {
  const smtp: TestClientOptions = { protocol: 'smtp', tls: 'starttls' };

  it('runs the control first, and only what was chosen besides', async () => {
    const results = await testClient(sending({ requireTLS: true }), { ...smtp, scenario: 'starttls-refused/454' });
    expect(results.map((result) => [result.case, result.status])).to.deep.equal([
      ['control@smtp+starttls#server', 'safe'],
      ['starttls-refused/454@smtp+starttls#server', 'safe'],
    ]);
  });

  it('tells a client that can be stripped, and shows its visit without its being part of the document', async () => {
    const [, result] = await testClient(sending({}), { ...smtp, scenario: 'starttls-not-offered' });
    expect(result).to.include({ status: 'unsafe', severity: 'critical' });
    expect(result?.leaked).to.include('credentials');
    expect(result?.observed?.connections).to.have.length(1);
    expect(JSON.parse(JSON.stringify(result))).not.to.have.property('observed');
  });

  it('the same is downgradable where TLS was only wished for', async () => {
    const results = await testClient(sending({}), {
      ...smtp,
      scenario: ['starttls-not-offered'],
      policy: 'opportunistic',
    });
    expect(results.map((result) => result.status)).to.deep.equal(['safe', 'downgradable']);
  });

  it('a seed repeats a session', async () => {
    const secrets = async (seed: string): Promise<unknown> =>
      (await testClient(sending({}), { ...smtp, scenario: 'control', seed })).map(
        (result) => result.observed?.canaries,
      );
    expect(await secrets('one')).to.deep.equal(await secrets('one'));
    expect(await secrets('one')).not.to.deep.equal(await secrets('two'));
  });

  it('a client that throws at once is told what is wrong, in every case', async () => {
    const results = await testClient(() => Promise.reject(new Error('no configuration')), {
      ...smtp,
      scenario: 'starttls-not-offered',
    });
    expect(results.map((result) => result.status)).to.deep.equal(['inconclusive', 'inconclusive']);
    expect(results[0]?.because).to.include('made no connection').and.include('no configuration');
  });

  it('one that never settles is inconclusive', async () => {
    const [result] = await testClient(() => new Promise(() => undefined), {
      ...smtp,
      scenario: 'control',
      maxTime: 200,
    });
    expect(result?.status).to.equal('inconclusive');
  });

  it('takes scenarios of its caller', async () => {
    const own = { ...starttlsNotOffered, id: 'no-starttls-here' };
    const results = await testClient(sending({}), { ...smtp, scenario: 'no-starttls-here', scenarios: [own] });
    expect(results[1]).to.include({ id: 'no-starttls-here', status: 'unsafe' });
  });

  it('takes a command too', async () => {
    const [control] = await testClient([process.execPath, '-e', 'process.exitCode = 9', '{url}'], {
      ...smtp,
      scenario: 'control',
    });
    expect(control?.because).to.include('exit code 9');
  });

  it('results that are known carry the reason', async () => {
    const known = [{ case: 'starttls-not-offered@*', status: 'unsafe' as const, reason: 'to be fixed' }];
    const [, result] = await testClient(sending({}), { ...smtp, scenario: 'starttls-not-offered', known });
    expect(result?.known).to.deep.equal({ reason: 'to be fixed', state: 'expected' });
  });

  it('ended early, it says what it could not see', async () => {
    const results = await testClient(() => new Promise(() => undefined), {
      ...smtp,
      scenario: 'starttls-not-offered',
      signal: AbortSignal.abort(),
    });
    expect(results.map((result) => result.status)).to.deep.equal(['inconclusive', 'inconclusive']);
  });

  for (const [what, options] of Object.entries({
    'a protocol that there is not': { protocol: 'gopher', tls: 'starttls' },
    'no mode': { protocol: 'smtp' },
    'a glob that matches nothing': { ...smtp, scenario: 'no-such-scenario' },
  })) {
    it(`${what} is refused`, async () => {
      const refusal = await testClient(sending({}), options as unknown as TestClientOptions).catch(
        (error: unknown) => error,
      );
      expect(refusal).to.have.property('code', 'BAD_USAGE');
    });
  }

  it('knows its cases beforehand', () => {
    const names = clientCases(smtp).map((one) => one.scenario.id);
    expect(names[0]).to.equal('control');
    expect(names).to.include('starttls-response-injection');
  });
});
