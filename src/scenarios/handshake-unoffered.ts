import { vector } from '../tls/byte-writer.js';
import type { HandshakeScript, ScriptContext, Unfit } from '../tls/handshake-script.js';
import { EXTENSION } from '../tls/registries.js';
import { helloRetryRequest, records, type FlightOrder } from '../tls/server-messages.js';
import { refusesHandshake } from '../verdict/handshake.js';
import { FAULTY_HANDSHAKE, flightWith, HANDSHAKE, makesHandshake } from './handshake-rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** Completes “went on with …”. */
  readonly fault: string;
  readonly goesOnWith?: string;
  readonly script: HandshakeScript;
}

/** The first of the list that the client did not name. */
const unoffered = (list: readonly number[], offered: readonly number[]): number | undefined =>
  list.find((each) => !offered.includes(each));

/** Suites that are in order, with the key exchange of each. */
const SUITES: readonly [number, FlightOrder['exchange']][] = [
  [0xc013, undefined],
  [0xc027, undefined],
  [0x0067, undefined],
  [0x0033, undefined],
  [0xc02f, undefined],
  [0x002f, { kind: 'rsa' }],
  // Camellia and ARIA, which few clients offer and most libraries know.
  [0xc076, undefined],
  [0x0041, { kind: 'rsa' }],
  [0xc060, undefined],
];

const suite = ({ hello }: ScriptContext): Partial<FlightOrder> | Unfit => {
  const found = SUITES.find(([id]) => !hello.cipherSuites.includes(id));
  if (found === undefined) return { unfit: 'the client offers every suite that this server knows' };
  const [id, exchange] = found;
  return { suite: id, ...(exchange && { exchange }) };
};

/** Groups that TLS libraries know how to use. */
const GROUPS = [30, 25, 24, 26, 22, 23, 29];

const group = ({ hello }: ScriptContext): Partial<FlightOrder> | Unfit => {
  const chosen = unoffered(GROUPS, hello.groups);
  const id = hello.cipherSuites.find((each) => ECDHE_RSA.has(each));
  if (hello.groups.length === 0 || id === undefined) return { unfit: 'the client offers no elliptic curves' };
  return chosen === undefined
    ? { unfit: 'the client offers every curve that this server knows' }
    : { suite: id, exchange: { kind: 'ecdhe', group: chosen } };
};
const ECDHE_RSA: ReadonlySet<number> = new Set([0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014]);

/** RFC 8446 §4.1.4: a group that was not in supported_groups; the client that takes it sends a second ClientHello. */
const retryGroup: HandshakeScript = ({ hello }) => {
  const chosen = unoffered(GROUPS, hello.groups);
  const id = hello.cipherSuites.find((each) => each >= 0x1301 && each <= 0x1303);
  if (!hello.versions.includes('TLSv1.3') || id === undefined) return { unfit: 'the client does not offer TLS 1.3' };
  return chosen === undefined
    ? { unfit: 'the client offers every group that this server knows' }
    : records(HANDSHAKE, 0x0303, helloRetryRequest(hello, id, chosen));
};

/** An answer where there was no question, or one that was not among the questions. */
const alpn = ({ hello }: ScriptContext): Partial<FlightOrder> =>
  extension(EXTENSION.alpn, vector(2, vector(1, Buffer.from(hello.alpn.includes('http/1.1') ? 'ftp' : 'http/1.1'))));

const extension = (type: number, contents: Buffer): Partial<FlightOrder> => ({
  extensions: new Map([[type, contents]]),
});

const SENTINELS = { 'TLSv1.2': 'DOWNGRD\x01', 'TLSv1.1': 'DOWNGRD\x00' } as const;

/** RFC 8446 §4.1.3: the server could do TLS 1.3, and says so to a client that was made to ask for less. */
const marked =
  (version: keyof typeof SENTINELS) =>
  ({ hello }: ScriptContext): Partial<FlightOrder> | Unfit =>
    hello.versions.includes('TLSv1.3')
      ? {
          version,
          random: Buffer.concat([Buffer.alloc(24, 0x5a), Buffer.from(SENTINELS[version], 'latin1')]),
          ...(version === 'TLSv1.1' && { suite: 0xc013 }),
        }
      : { unfit: 'the client does not offer TLS 1.3' };

export default defineScenario<Row>({
  id: 'handshake-unoffered',
  ...FAULTY_HANDSHAKE,
  title: 'The handshake chooses what the client did not offer, or contradicts itself',
  attack:
    'answers the ClientHello with a suite, group, compression or ALPN protocol that it did not offer, or with a mark that says that the ClientHello was changed on its way',
  why: 'What a client did not offer was put there by somebody else. A client that goes on can be forced to use any protocol, curve or version that its library still knows how to speak.',
  references: [
    'RFC 5246 §7.4.1.3',
    'RFC 5246 §7.4.1.4',
    'RFC 8446 §4.1.3',
    'RFC 8446 §4.1.4',
    'RFC 8422 §5.4',
    'RFC 7301 §3.2',
    'RFC 5746 §3.4',
  ],
  cwe: ['CWE-757', 'CWE-345'],
  variants: [
    {
      name: 'suite',
      fault: 'a suite that it had not offered',
      script: flightWith(suite),
      covers: ['tls-suite-unoffered'],
    },
    {
      name: 'group',
      fault: 'a curve that it had not offered',
      script: flightWith(group),
      covers: ['tls-unoffered-group'],
    },
    {
      name: 'retry-group',
      fault: 'a HelloRetryRequest for a group that it had not offered',
      goesOnWith: 'client_hello',
      script: retryGroup,
      covers: ['tls-retry-group'],
    },
    {
      name: 'compression',
      fault: 'compression that it had not offered',
      script: flightWith(() => ({ compression: 1 })),
      covers: ['tls-compression'],
    },
    {
      name: 'alpn',
      fault: 'an ALPN protocol that it had not offered',
      script: flightWith(alpn),
      covers: ['tls-alpn-unoffered', 'tls-alpn-wrong'],
    },
    {
      name: 'downgrade-from-1-3',
      fault: 'TLS 1.2 although the server’s random says that both could do TLS 1.3',
      script: flightWith(marked('TLSv1.2')),
      covers: ['tls-downgrade-sentinel'],
    },
    {
      name: 'downgrade-to-1-1',
      fault: 'TLS 1.1 although the server’s random says that both could do more',
      script: flightWith(marked('TLSv1.1')),
    },
    {
      name: 'renegotiation',
      fault: 'a first handshake that claims to renew an earlier one (renegotiation_info)',
      script: flightWith(({ hello }) =>
        hello.extensions.includes(EXTENSION.renegotiationInfo) || hello.cipherSuites.includes(0x00ff)
          ? extension(EXTENSION.renegotiationInfo, vector(1, Buffer.alloc(12, 0x5a)))
          : { unfit: 'the client knows no secure renegotiation' },
      ),
      covers: ['tls-renego-info-wrong'],
    },
  ],
  tamper: makesHandshake(({ script }) => script),
  judge: (visit, { fault, goesOnWith }) => refusesHandshake({ fault, ...(goesOnWith && { goesOnWith }) })(visit),
  covers: [],
});
