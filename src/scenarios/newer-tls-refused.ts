import type { HandshakeScript } from '../tls/handshake-script.js';
import { leaks, type Evidence } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import type { Visit } from '../verdict/visit.js';
import type { BoundaryEntry } from '../wire/entry.js';
import { makesHandshake } from './handshake-rules.js';
import { defineScenario } from './scenario.js';

/** The fatal alert protocol_version, whatever is offered (RFC 8446 §6.2). */
const refuses: HandshakeScript = () => Buffer.from([21, 3, 3, 0, 2, 2, 70]);

const isOld = ({ hello }: BoundaryEntry): boolean =>
  hello !== undefined && hello.versions.length > 0 && hello.versions.every((version) => OLD.has(version));

const OLD: ReadonlySet<string> = new Set(['TLSv1.1', 'TLSv1', 'SSLv3', 'SSLv2']);

/** TLS_FALLBACK_SCSV: a server that knows a newer version refuses such a hello (RFC 7507 §3). */
const isMarked = ({ hello }: BoundaryEntry): boolean => hello?.cipherSuites.includes(0x5600) === true;

/** A ClientHello that offers less than an earlier one, without saying so. */
const cameDown = (read: readonly Reading[]): Evidence[] => {
  const all = read.flatMap(({ connection, boundaries }) =>
    boundaries.map(({ entry, facts }) => ({ id: connection.id, entry, facts })),
  );
  const first = all.findIndex(({ facts }) => facts.hello !== undefined && !isOld(facts));
  const found = first === -1 ? undefined : all.slice(first + 1).find(({ facts }) => isOld(facts) && !isMarked(facts));
  if (found === undefined) return [];
  return [
    {
      leak: 'encryption',
      cause: 'broken-tls',
      connection: found.id,
      entry: found.entry,
      quote: `ClientHello: ${(found.facts.hello?.versions ?? []).join(', ')}`,
      why: 'came back with TLS 1.1 or older after newer versions had been refused, and without TLS_FALLBACK_SCSV',
    },
  ];
};

const neverTried = (_visit: Visit, read: readonly Reading[]): string | undefined =>
  read.some(({ boundaries }) => boundaries.some(({ facts }) => facts.hello !== undefined))
    ? undefined
    : 'the client never tried to start TLS, so the attack could not begin';

export default defineScenario({
  id: 'newer-tls-refused',
  family: 'fallback',
  title: 'Every version of TLS is refused: does the client come back with older ones?',
  attack: 'answers every ClientHello with the alert protocol_version',
  why: 'A client that tries older versions one after the other can be forced down to the oldest one that it knows, by anybody who can end a connection (POODLE). It should offer all its versions at once, and give up when they are refused.',
  references: ['RFC 7507 §6', 'RFC 8996', 'RFC 9325 §3.2'],
  cve: ['CVE-2014-3566'],
  cwe: ['CWE-757'],
  modes: ['starttls', 'implicit'],
  extra: 'more',
  plaintext: 'refused',
  makesHandshakes: true,
  tamper: makesHandshake(() => refuses),
  judge: judgeBy((visit, read) => [...leaks(visit, read), ...cameDown(read)], { bait: neverTried }),
  flaw: {
    name: 'comes back with an older version of TLS',
    client: { onHandshakeFailure: (toy) => toy.comeBack('with-old-tls') },
  },
  covers: ['tls-version-ladder'],
});
