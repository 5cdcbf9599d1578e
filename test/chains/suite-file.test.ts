import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Chain } from '../../src/chains/chain.js';
import { suiteFile } from '../../src/chains/suite-file.js';
import { Fault } from '../../src/fault.js';
import { bettertlsExport, goodAndExpired, limbo } from '../support/suite-files.js';

const faultOf = async (path: string): Promise<string> => {
  try {
    await suiteFile(path);
    return 'none';
  } catch (error) {
    expect(error).to.be.instanceOf(Fault);
    return error instanceof Fault ? `${error.code} ${error.message.replace(/^.*? cannot be used: /, '')}` : '';
  }
};

describe('suites of chains in files', () => {
  let folder: string;
  let good: Chain;
  let bad: Chain;
  const stored = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const b64 = (der: Buffer | undefined): string => der?.toString('base64') ?? '';
  const gathered = async (path: string): Promise<Chain[]> => {
    const all: Chain[] = [];
    for await (const chain of (await suiteFile(path)).chains()) all.push(chain);
    return all;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chains-'));
    ({ good, bad } = await goodAndExpired('localhost'));
  });

  const bettertls = (chain: Chain, id: number, key: boolean): unknown => ({
    suite: 'pathbuilding',
    id,
    chain: chain.certificates.map(b64),
    ...(key && { key: b64(chain.key) }),
    host: chain.host,
    expected: chain.expected.toUpperCase(),
    soft: false,
    features: chain.expected === 'reject' ? ['INVALID_REASON_EXPIRED'] : null,
  });

  it('bettertls with keys: a case a line', async () => {
    const lines = [{ root: b64(good.roots[0]) }, bettertls(good, 1, true), bettertls(bad, 2, true)];
    const chains = await gathered(stored('a.ndjson', lines.map((line) => JSON.stringify(line)).join('\n')));
    expect(chains.map(({ id, family, expected, key }) => [id, family, expected, key !== undefined])).to.deep.equal([
      ['pathbuilding/1', 'path-building', 'accept', true],
      ['pathbuilding/2', 'validity', 'reject', true],
    ]);
    expect(chains.map(({ certificates }) => certificates)).to.deep.equal([good.certificates, bad.certificates]);
  });

  it('bettertls’s own export: one document without keys', async () => {
    const chains = await gathered(stored('b.json', bettertlsExport([good, bad])));
    expect(chains.map(({ id, soft, key, expected }) => [id, soft, key, expected])).to.deep.equal([
      ['nameconstraints/0', true, undefined, 'accept'],
      ['nameconstraints/1', true, undefined, 'reject'],
    ]);
  });

  it('x509-limbo, with what no mail client can be tested with', async () => {
    const document = {
      version: 1,
      testcases: [
        limbo(good, 'rfc5280::nc::good'),
        limbo(bad, 'pathlen::bad', { validation_time: '2026-01-01T00:00:00Z' }),
        limbo(bad, 'webpki::san::bad', { peer_certificate_key: null }),
        limbo(good, 'x::client', { validation_kind: 'CLIENT' }),
        limbo(good, 'x::nameless', { expected_peer_name: null }),
      ],
    };
    const chains = await gathered(stored('c.json', JSON.stringify(document)));
    expect(
      chains.map(({ id, family, soft, at, key, notApplicable }) => [
        id,
        family,
        soft,
        at?.getFullYear(),
        key !== undefined,
        notApplicable,
      ]),
    ).to.deep.equal([
      ['rfc5280::nc::good', 'name-constraints', false, undefined, true, undefined],
      ['pathlen::bad', 'path-length', false, 2026, true, undefined],
      ['webpki::san::bad', 'san', true, undefined, false, undefined],
      ['x::client', 'x', false, undefined, true, 'it is about certificates of clients'],
      ['x::nameless', 'x', false, undefined, true, 'it names no host'],
    ]);
  });

  const root = (): string => JSON.stringify({ root: b64(good.roots[0]) });
  const HOSTILE: readonly [name: string, text: () => string, why: RegExp][] = [
    ['empty', () => '', /it ends in the middle/],
    ['not JSON', () => 'chains!\n', /unexpected "c"/],
    ['another document', () => '{"a": [1, 2, {"b": null}]}', /it has no case/],
    ['cut off', () => '{"testcases": [{"id": "x"', /it ends in the middle/],
    ['nested without end', () => '['.repeat(100_000), /nested more than 64 levels/],
    ['a member without a colon', () => '{"a" 1}', /unexpected "1"/],
    ['a root that is no base64', () => '{"root": "???"}\n', /the root must be a certificate in base64/],
    ['a case without id', () => `${root()}\n{"chain": []}\n`, /case number 2: "id" is missing/],
    [
      'a case without chain',
      () => `${root()}\n{"suite": "s", "id": 1, "host": "a", "expected": "ACCEPT"}\n`,
      /case s\/1: "certificates" is missing/,
    ],
    [
      'an unknown expectation',
      () => `${root()}\n${JSON.stringify({ ...(bettertls(good, 1, true) as object), expected: 'MAYBE' })}\n`,
      /"expected" must be ACCEPT or REJECT/,
    ],
    ['a line that is no JSON', () => `${root()}\nno\n`, /line 2 is not JSON/],
    [
      'bad PEM',
      () =>
        JSON.stringify({
          testcases: [
            limbo(good, 'a', { peer_certificate: '-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----' }),
          ],
        }),
      /case a: "peer_certificate" must be a certificate in PEM/,
    ],
    [
      'limbo without a field',
      () => JSON.stringify({ testcases: [{ id: 'a' }] }),
      /case a: "expected_result" is missing/,
    ],
    ['a case that is no object', () => '{"testcases": [7]}', /case number 1: a case must be an object/],
    ['a huge case', () => `{"testcases": ["${'x'.repeat(9_000_000)}"]}`, /one entry has more than/],
  ];
  for (const [name, text, why] of HOSTILE)
    it(`${name}: one line, and BAD_USAGE`, async () => {
      const message = await faultOf(stored('hostile', text()));
      expect(message).to.match(/^BAD_USAGE /);
      expect(message).to.match(why);
      expect(message).not.to.include('\n');
    });

  it('what is no file is refused', async () => {
    expect(await faultOf(join(folder, 'none'))).to.equal('BAD_USAGE there is no such file');
    expect(await faultOf('/dev/zero')).to.equal('BAD_USAGE it is not a file');
  });
});
