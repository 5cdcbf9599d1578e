import { createHash, createHmac } from 'node:crypto';
import { cipherSuite } from '../tls/cipher-suites.js';
import type { HandshakeScript } from '../tls/handshake-script.js';
import {
  FINISHED,
  helloRetryRequest,
  message,
  records,
  usableSuite,
  type ServerMessages,
} from '../tls/server-messages.js';
import { refusesHandshake } from '../verdict/handshake.js';
import { FAULTY_HANDSHAKE, flightWith, HANDSHAKE, makesHandshake } from './handshake-rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** Completes “went on with …”. */
  readonly fault: string;
  readonly goesOnWith?: string;
  readonly times?: number;
  readonly script: HandshakeScript;
}

const CHANGE_CIPHER_SPEC = 20;

const messages = ({ version }: ServerMessages, ...list: readonly (Buffer | undefined)[]): Buffer =>
  records(HANDSHAKE, version, Buffer.concat(list.filter((each) => each !== undefined)));

/** Only where the server has a message to leave out, or to displace. */
const withSignedKey = (written: (flight: ServerMessages) => Buffer): HandshakeScript =>
  flightWith(({ hello }) => {
    const suite = usableSuite(hello);
    return suite === undefined || STATIC_RSA.has(suite)
      ? { unfit: 'the client offers no suite with a signed key' }
      : { suite };
  }, written);
const STATIC_RSA: ReadonlySet<number> = new Set([0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035]);

/** CVE-2014-0224: keys are made before there is a secret to make them of. */
const earlyChange = withSignedKey((flight) =>
  Buffer.concat([
    messages(flight, flight.hello),
    records(CHANGE_CIPHER_SPEC, flight.version, Buffer.from([1])),
    messages(flight, flight.certificate, flight.keyExchange, flight.done),
  ]),
);

/** CVE-2014-6593: nothing is agreed on, and the server is done; its Finished is right for a secret of no length. */
const straightToFinished: HandshakeScript = flightWith(
  ({ hello }) => {
    const suite = usableSuite(hello);
    return suite === undefined ? {} : { suite };
  },
  (flight, { hello, helloMessage }) => {
    const said = Buffer.concat([flight.hello, flight.certificate ?? Buffer.alloc(0)]);
    const hash = cipherSuite(usableSuite(hello) ?? 0).name.endsWith('SHA384') ? 'sha384' : 'sha256';
    return messages(flight, said, message(FINISHED, verifyData(hash, Buffer.concat([helloMessage, said]))));
  },
);

/** RFC 5246 §7.4.9, with an empty master secret. */
const verifyData = (hash: 'sha256' | 'sha384', messagesSoFar: Buffer): Buffer => {
  const seed = Buffer.concat([Buffer.from('server finished'), createHash(hash).update(messagesSoFar).digest()]);
  const keyed = (bytes: Buffer): Buffer => createHmac(hash, Buffer.alloc(0)).update(bytes).digest();
  return keyed(Buffer.concat([keyed(seed), seed])).subarray(0, 12);
};

/** RFC 8446 §4.1.4: one HelloRetryRequest a handshake; each names a group that is on offer. */
const retriesTwice: HandshakeScript = ({ hello, round }) => {
  const suite = hello.cipherSuites.find((each) => each >= 0x1301 && each <= 0x1303);
  const spare = hello.groups.filter((group) => KNOWN.has(group) && (round > 1 || !hello.keyShares.includes(group)));
  const group = spare.at(round === 1 ? 0 : -1);
  if (!hello.versions.includes('TLSv1.3') || suite === undefined || group === undefined || spare.length < 1)
    return { unfit: 'the client does not offer TLS 1.3 with a group to choose' };
  return records(HANDSHAKE, 0x0303, helloRetryRequest(hello, suite, group));
};
const KNOWN: ReadonlySet<number> = new Set([23, 24, 25, 29, 30]);

export default defineScenario<Row>({
  id: 'handshake-out-of-order',
  ...FAULTY_HANDSHAKE,
  title: 'Messages of the handshake are missing, come twice or too early',
  attack:
    'leaves out its key exchange, changes keys too early, claims to be done, or sends a message of its handshake twice',
  why: 'A handshake protects only if every message comes, in its order: a client that lets the server skip some agrees on keys that everybody knows, or on none (SKIP-TLS, EarlyCCS).',
  references: ['RFC 5246 §7.3', 'RFC 8446 §4', 'RFC 8446 §4.1.4'],
  cve: ['CVE-2014-0224', 'CVE-2014-6593'],
  cwe: ['CWE-841', 'CWE-326'],
  variants: [
    {
      name: 'no-key-exchange',
      fault: 'a handshake without the server’s key exchange',
      script: withSignedKey((flight) => messages(flight, flight.hello, flight.certificate, flight.done)),
    },
    {
      name: 'no-certificate',
      fault: 'a handshake in which the server showed no certificate',
      script: withSignedKey((flight) => messages(flight, flight.hello, flight.keyExchange, flight.done)),
    },
    {
      name: 'empty-certificate',
      fault: 'a handshake in which the server showed an empty list of certificates',
      script: withSignedKey((flight) =>
        messages(flight, flight.hello, message(11, Buffer.alloc(3)), flight.keyExchange, flight.done),
      ),
      covers: ['cert-empty-list'],
    },
    {
      name: 'early-change',
      fault: 'a change of keys before there were any',
      script: earlyChange,
      covers: ['tls-early-ccs'],
    },
    {
      name: 'straight-to-finished',
      fault: 'a handshake that ended before any key was agreed on',
      goesOnWith: 'application_data',
      script: straightToFinished,
    },
    {
      name: 'hello-twice',
      fault: 'a second ServerHello',
      script: withSignedKey((flight) =>
        messages(flight, flight.hello, flight.hello, flight.certificate, flight.keyExchange, flight.done),
      ),
    },
    {
      name: 'key-exchange-first',
      fault: 'a key exchange that came before the certificate',
      script: withSignedKey((flight) =>
        messages(flight, flight.hello, flight.keyExchange, flight.certificate, flight.done),
      ),
    },
    {
      name: 'retry-twice',
      fault: 'a second HelloRetryRequest',
      goesOnWith: 'client_hello',
      times: 2,
      script: retriesTwice,
      covers: ['tls-retry-twice'],
    },
  ],
  tamper: makesHandshake(({ script }) => script),
  judge: (visit, { fault, goesOnWith, times }) =>
    refusesHandshake({ fault, ...(goesOnWith && { goesOnWith }), ...(times !== undefined && { times }) })(visit),
  covers: ['tls-skipped-messages'],
});
