import { ephemeralKeys } from '../probes/ephemeral-keys.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';
import { upToTls12 } from './flaws.js';
import { oneOfEachKind, usersPort } from './subjects.js';

export default defineCheck({
  id: 'ephemeral-key-reused',
  title: 'The server makes a new key for each handshake',
  why: 'Forward secrecy lasts as long as the server keeps the key of a handshake; if it uses it again, one key opens many sessions. In DHE a used key also makes the secret of a session guessable by timing (Raccoon).',
  references: ['RFC 9325 §7.3', 'RFC 8446 §C.4', 'https://raccoon-attack.com'],
  cve: ['CVE-2020-1968'],
  cwe: ['CWE-323'],
  severity: 'low',
  relay: { status: 'info' },
  intrusiveness: 'passive',
  depth: 'full',
  needs: { keys: ephemeralKeys },
  judge: ({ keys: { families } }) => {
    const reused = families.filter(({ isReused }) => isReused);
    const [first] = reused.length > 0 ? reused : families;
    if (first === undefined) return notApplicable('neither ECDHE nor DHE is taken');
    const names = (some: typeof families): string => some.map(({ family }) => family.toUpperCase()).join(' and ');
    const proof = first.at && { text: names(reused.length > 0 ? reused : families), at: first.at };
    return reused.length > 0
      ? fail(`two handshakes have the same key of the server (${names(reused)})`, {
          proof,
          ...(reused.some(({ family }) => family === 'dhe') && { severity: 'medium' as const }),
        })
      : pass(`two handshakes have different keys of the server (${names(families)})`, { proof });
  },
  remedy: { 'any server': 'update its TLS library (OpenSSL 1.0.2f or later); no DHE' },
  byHand: 'not with common tools',
  flaw: {
    name: 'uses its key again',
    server: { answersHello: upToTls12(() => ({ exchange: { kind: 'ecdhe', group: 29, point: Buffer.alloc(32, 9) } })) },
    roles: oneOfEachKind,
  },
  covers: ['srv-tls-raccoon'],
  examples: [
    { given: { keys: { families: [{ family: 'ecdhe', isReused: false }] } }, then: 'pass' },
    { given: { keys: { families: [{ family: 'ecdhe', isReused: true }] } }, on: usersPort, then: 'fail' },
    {
      given: {
        keys: {
          families: [
            { family: 'ecdhe', isReused: false },
            { family: 'dhe', isReused: true },
          ],
        },
      },
      on: usersPort,
      then: 'fail',
      severity: 'medium',
    },
    { given: { keys: { families: [] } }, then: 'not-applicable' },
  ],
});
