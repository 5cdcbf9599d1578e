import { hangUp, send, upgradeScripted, upgradeWith, type Action, type TamperRule } from '../endpoints/tamper.js';
import { EXTENSION } from '../tls/registries.js';
import type { ServedParameters } from '../tls/served-parameters.js';
import type { HandshakeScript } from '../tls/handshake-script.js';
import { helloRetryRequest, records } from '../tls/server-messages.js';
import type { Flaw } from '../toys/moments.js';
import { leaks } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import { HANDSHAKE } from './handshake-rules.js';
import { commandOf, stripped } from './rules.js';
import { defineScenario, type Variant } from './scenario.js';

interface Row extends Variant {
  /** Completes “speaks TLS …”. */
  readonly how: string;
  readonly served?: ServedParameters;
  readonly script?: HandshakeScript;
}

const begins = ({ served, script }: Row): Action =>
  script === undefined ? upgradeWith(served ?? {}) : upgradeScripted(script);

const later =
  (rule: TamperRule): TamperRule<Row> =>
  (context, next) =>
    context.ordinal === 1 ? next() : rule(context, next);

const starttls: TamperRule<Row> = (context, next) => {
  const { ordinal, inside, protocol, unit, variant } = context;
  if (inside || ordinal > 1) return stripped.starttls(context, next);
  return [send(protocol.answers.goAhead(commandOf(unit))), begins(variant)];
};

const handshake: TamperRule<Row> = ({ ordinal, mode, spokeTls, variant }) => {
  if (ordinal === 1 && mode === 'implicit' && !spokeTls) return [begins(variant)];
  return spokeTls ? [hangUp] : [];
};

/** RFC 8446 §4.1.4, whether or not the client offers the group (X25519MLKEM768); one that does comes again with a key for it. */
const postQuantum: HandshakeScript = ({ hello, round }) => {
  const suite = hello.cipherSuites.find((each) => each >= 0x1301 && each <= 0x1303);
  if (suite === undefined || !hello.extensions.includes(EXTENSION.supportedVersions) || round > 1)
    return Buffer.from([21, 3, 3, 0, 2, 2, 40]);
  return records(HANDSHAKE, 0x0303, helloRetryRequest(hello, suite, X25519_MLKEM768));
};
const X25519_MLKEM768 = 0x11ec;

/** Nothing is wrong with this TLS: the client must have come to it. */
const neverTried = (_visit: Visit, read: readonly Reading[]): string | undefined =>
  read.some(({ boundaries }) => boundaries.some(({ facts }) => facts.hello !== undefined))
    ? undefined
    : 'the client never tried to start TLS, so the attack could not begin';

/** The newest version that was offered, where none can have what is unusual here (TLS 1.2 and later). */
const newestOffered = (versions: readonly string[]): string | undefined => {
  if (versions.some((version) => version === 'TLSv1.2' || version === 'TLSv1.3')) return undefined;
  return Object.entries(OLD).find(([version]) => versions.includes(version))?.[1];
};

/** From new to old. */
const OLD = { 'TLSv1.1': 'TLS 1.1', TLSv1: 'TLS 1.0', SSLv3: 'SSL 3.0' } as const;

const whatBecame = (visit: Visit, read: readonly Reading[]): string => {
  const all = read.flatMap(({ boundaries }) => boundaries.map(({ facts }) => facts));
  const done = all.find(({ completed }) => completed);
  if (done !== undefined) return `works (${(done.version ?? 'TLS').replace('TLSv', 'TLS ')})`;
  const newest = newestOffered(all.flatMap(({ hello }) => hello?.versions ?? []));
  if (newest !== undefined)
    return `not tried, because the client knows nothing newer than ${newest}; it said nothing in clear`;
  if (all.some(({ answers = [] }) => answers.includes('client_hello'))) return 'accepted, as far as this test goes';
  return visit.client.how === 'ended' || visit.client.how === 'rested'
    ? 'does not work; the client gave up and said nothing in clear'
    : 'does not work; nothing was said in clear';
};

const doesWithout: Flaw = {
  name: 'fails with unusual TLS, and comes back without TLS',
  client: {
    acceptsPeer: () => false,
    onHandshakeFailure: (toy) => toy.comeBack('in-clear'),
  },
};

export default defineScenario<Row>({
  id: 'tls-unusual',
  family: 'fallback',
  title: 'TLS is correct but unusual, and the next connection offers no TLS',
  attack:
    'speaks unusual TLS on the first connection (one version, suite or group only, a request for a certificate, or very small pieces); offers no TLS on later ones',
  why: 'Not every client can use every version, suite or group of TLS. One that cannot must stop: otherwise an attacker gets plaintext by offering only what it cannot use. The result also says whether the client could use this TLS.',
  references: ['RFC 8314 §5.2', 'RFC 8446 §4.1.4', 'RFC 8446 §5.1', 'RFC 8314 §5.5', 'RFC 9325 §4.2'],
  cwe: ['CWE-757', 'CWE-636'],
  modes: ['starttls', 'implicit'],
  extra: 'more',
  makesHandshakes: true,
  variants: [
    { name: 'tls-1-2', how: 'TLS 1.2 only', served: { maxVersion: 'TLSv1.2' }, covers: ['tls12-only'] },
    { name: 'tls-1-3', how: 'TLS 1.3 only', served: { minVersion: 'TLSv1.3' }, covers: ['tls13-only'] },
    {
      name: 'static-rsa',
      how: 'without forward secrecy',
      served: { maxVersion: 'TLSv1.2', suites: 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES128-SHA' },
      covers: ['tls-static-rsa'],
    },
    {
      name: 'cbc',
      how: 'with CBC suites',
      served: {
        maxVersion: 'TLSv1.2',
        suites: 'ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA',
      },
      covers: ['tls-cbc-only'],
    },
    {
      name: 'other-group',
      how: 'with P-521, after a second ClientHello',
      served: { minVersion: 'TLSv1.3', groups: 'P-521' },
      covers: ['tls-hrr'],
    },
    { name: 'post-quantum', how: 'with X25519MLKEM768', script: postQuantum, covers: ['tls-pq-only'] },
    {
      name: 'client-certificate',
      how: 'with a request for the client’s certificate',
      served: { asksForCertificate: true },
      covers: ['cert-request-client-cert'],
    },
    {
      name: 'one-byte-records',
      how: 'in records of one byte',
      served: { inPieces: 'records', maxVersion: 'TLSv1.2' },
      covers: ['tls-record-fragment'],
    },
    { name: 'one-byte-segments', how: 'byte by byte', served: { inPieces: 'segments' } },
  ],
  goesOn: true,
  tamper: {
    greeting: later(stripped.greeting),
    capabilities: later(stripped.capabilities),
    starttls,
    handshake,
  },
  judge: (visit, { how }) =>
    judgeBy((seen, read) => leaks(seen, read), {
      bait: neverTried,
      safely: (seen, read) => `TLS ${how.replace(/^TLS /, '')}: ${whatBecame(seen, read)}`,
    })(visit),
  flaw: doesWithout,
  covers: [],
});
