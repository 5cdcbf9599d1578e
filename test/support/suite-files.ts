import { builtinChains } from '../../src/chains/builtin.js';
import type { Chain } from '../../src/chains/chain.js';
import { certificatePem, keyPem } from '../../src/chains/pem.js';

const b64 = (der: Buffer | undefined): string => der?.toString('base64') ?? '';

/** A good chain and one with an expired certificate, for a host. */
export const goodAndExpired = async (host: string): Promise<{ readonly good: Chain; readonly bad: Chain }> => {
  const ids = ['validity/good-1', 'validity/expired-leaf-1'] as const;
  const found = new Map<string, Chain>();
  const suite = await builtinChains('file', host);
  for await (const chain of suite.chains((id) => ids.some((each) => each === id))) found.set(chain.id, chain);
  const [good, bad] = ids.map((id) => found.get(id));
  if (good === undefined || bad === undefined) throw new Error('the chains have other names now');
  return { good, bad };
};

/** A test case as bettertls exports it, which is without keys. */
export const exported = (chain: Chain, id: number): unknown => ({
  id,
  certificates: chain.certificates.map(b64),
  hostname: chain.host,
  requiredFeatures: [],
  expected: chain.expected.toUpperCase(),
  failureIsWarning: true,
});

/** What bettertls exports, with one suite. */
export const bettertlsExport = (chains: readonly Chain[]): string =>
  JSON.stringify(
    {
      betterTlsRevision: 'x',
      trustRoot: b64(chains[0]?.roots[0]),
      suites: { nameconstraints: { features: ['X'], sanityCheckTestCase: 0, testCases: chains.map(exported) } },
    },
    null,
    2,
  );

/** A test case of x509-limbo. */
export const limbo = (chain: Chain, id: string, more: object = {}): unknown => ({
  id,
  features: [],
  importance: 'high',
  validation_kind: 'SERVER',
  trusted_certs: chain.roots.map(certificatePem),
  untrusted_intermediates: chain.certificates.slice(1).map(certificatePem),
  peer_certificate: certificatePem(chain.certificates[0] ?? Buffer.alloc(0)),
  peer_certificate_key: keyPem(chain.key ?? Buffer.alloc(0)),
  expected_result: chain.expected === 'accept' ? 'SUCCESS' : 'FAILURE',
  expected_peer_name: { kind: 'DNS', value: chain.host },
  extended_key_usage: [],
  ...more,
});
