import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import type { DialogueFacts } from '../../src/probes/dialogue-facts.js';
import { foreseenOf, type SplicedDoor } from '../../src/probes/spliced-doors.js';
import { credentialFor, toyAuthority } from '../../src/proof/toy-server.js';
import protocols from '../../src/protocols/index.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';

const GREETING = { text: '+OK ready', at: { connection: 1, entry: 2, start: 0, end: 9 } };

const chainOf = (certPem: string): readonly Buffer[] => [new X509Certificate(certPem).raw];

/** What a door shows that serves everybody, with a certificate of the toys' authority unless another one is given. */
const shown = async (
  certificate: Parameters<typeof credentialFor>[0] = 'good',
  more: Partial<DialogueFacts> = {},
): Promise<DialogueFacts> => ({
  opening: { kind: 'greeted', lines: [GREETING], preauthenticated: false, bare: false },
  list: [],
  unasked: [],
  handshake: { completed: true, chain: chainOf((await credentialFor(certificate)).certPem) },
  ...more,
});

/** A certificate for this name alone, of an authority that nobody else has. */
const ofStranger = async (name = 'localhost'): Promise<Partial<DialogueFacts>> => {
  const { certPem } = await (await createAuthority()).issue('good', { dns: [name], ip: [] });
  return { handshake: { completed: true, chain: chainOf(certPem) } };
};

const foreseen = async (
  own: DialogueFacts,
  served: DialogueFacts,
  protocol: ProtocolName = 'pop3',
  more: { readonly isUnknown?: true; readonly name?: string } = {},
): Promise<SplicedDoor | undefined> =>
  foreseenOf(
    {
      protocol: protocols[protocol],
      roots: more.isUnknown === true ? [] : [(await toyAuthority()).pem],
      names: [more.name ?? 'localhost'],
    },
    {
      door: {
        listener: { host: 'localhost', address: '127.0.0.1', port: 995, role: 'pop3s', protocol, tls: 'implicit' },
      },
      own,
      served,
    },
  );

describe('what a spliced client would meet, by what both doors show', () => {
  for (const [protocol, outcome] of [
    ['pop3', 'taken'],
    ['smtp', 'taken'],
    ['imap', 'noticed'],
    ['managesieve', 'in-step'],
  ] as const)
    it(`is ${outcome} in ${protocol}, with the other door’s greeting`, async () => {
      const door = await shown();
      expect(await foreseen(door, door, protocol)).to.deep.equal({
        port: 995,
        outcome,
        isForeseen: true,
        isSameCertificate: true,
        greeting: GREETING,
      });
    });

  const rows: readonly {
    readonly title: string;
    readonly own?: () => Promise<DialogueFacts>;
    readonly served: () => Promise<DialogueFacts>;
    readonly more?: Parameters<typeof foreseen>[3];
    readonly outcome: SplicedDoor['outcome'] | undefined;
  }[] = [
    { title: 'another certificate for the same name', served: () => shown('another'), outcome: 'taken' },
    { title: 'a certificate for another name', served: () => shown('wrong-name'), outcome: 'untrusted' },
    { title: 'a certificate that has expired', served: () => shown('expired'), outcome: 'untrusted' },
    {
      title: 'a certificate of an authority that clients do not know',
      served: async () => shown('good', await ofStranger()),
      outcome: 'untrusted',
    },
    {
      title: 'two certificates of an authority that only clients know',
      served: () => shown('another'),
      more: { isUnknown: true },
      outcome: 'taken',
    },
    {
      title: 'certificates of two authorities that waxseal does not know',
      served: async () => shown('good', await ofStranger()),
      more: { isUnknown: true },
      outcome: 'untrusted',
    },
    {
      title: 'two certificates with a name in common, asked for by an address',
      served: () => shown('another'),
      more: { name: '192.0.2.1' },
      outcome: 'taken',
    },
    {
      title: 'one certificate on both, expired',
      own: () => shown('expired'),
      served: () => shown('expired'),
      outcome: 'taken',
    },
    {
      title: 'a bad certificate here, and a good one there',
      own: () => shown('expired'),
      served: () => shown(),
      outcome: 'taken',
    },
    { title: 'ALPN demanded there', served: () => shown('good', { alpnOnly: true }), outcome: undefined },
    {
      title: 'a certificate demanded there',
      served: () => shown('good', { demandsCertificate: true }),
      outcome: undefined,
    },
    { title: 'nothing but ECDHE there', served: () => shown('good', { ecdheOnly: true }), outcome: undefined },
    {
      title: 'no greeting there',
      served: () => shown('good', { opening: { kind: 'silent', seconds: 10 } }),
      outcome: undefined,
    },
    {
      title: 'no certificate there',
      served: () => shown('good', { handshake: { completed: true } }),
      outcome: undefined,
    },
  ];
  for (const { title, own, served, more, outcome } of rows)
    it(`${title}: ${outcome ?? 'nothing is foreseen'}`, async () => {
      expect((await foreseen(await (own ?? shown)(), await served(), 'pop3', more))?.outcome).to.equal(outcome);
    });
});
