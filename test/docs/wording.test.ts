import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Phrases that readers had to solve like riddles, and what is said instead. */
const FORBIDDEN: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/unless told/i, 'by default'],
  [/\bto be had\b/i, 'available'],
  [/\bwhoever\b/i, 'a noun: the client, anybody on the path'],
  [/(?:chain|\d|\}) leads to /i, 'forwarding to; ends at'],
  [/day has passed/i, 'acceptance expired on …'],
  [/known to be worse/i, 'listed as … but is now …'],
  [/there was no control\b/i, 'this client was never seen without an attack'],
  [/control did not pass/i, 'the client already fails with an honest server'],
  [/control had (?:logged|sent|gone)/i, 'unattacked, it logs in over TLS 1.3'],
  [/no secret outside TLS/i, 'nothing secret in clear'],
  [/ms after it\b/i, 'ms after the attack'],
  [/insisted on /i, 'asked for … anyway and stopped'],
  [/never reached the point/i, 'the client disconnected before the attack'],
  [/where the server misbehaves|server misbehaves at/i, 'the deed: removes STARTTLS from …'],
  [/goes untouched/i, 'is not attacked'],
  [/was sent outside TLS/i, 'sent in clear'],
  [/an answer of CRAM|authenticator that can be cracked/i, 'CRAM-MD5 response … (can be cracked offline or relayed)'],
  [/(?:password or token|user name) was sent/i, 'password sent in clear'],
  [/peer that cannot be verified/i, 'an unverified server'],
  [/\bw(?:as|ere) expected[,;]? .*\b(?:came|none)\b/i, 'what is missing or wrong, and an example'],
  [/\bnone came\b/i, 'missing …'],
  [/is no scheme/i, 'unsupported scheme …; supported: …'],
  [/needs the well-known ports|has names and well-known ports/i, 'needs ports below 1024: run with --place cell'],
  [/where visits happen|visits at once|visits a case/i, 'where to run clients; clients run in parallel; runs per case'],
  [
    /'(?:an address in ten minutes|a listener|connections at once)/i,
    'login attempts per address; connections per listener',
  ],
  [/the mildest finding/i, 'lowest severity that makes the exit code 1'],
  [/\b(?:is|are) spent\b.*(?:banned|--)|gets banned/i, 'limit reached (…, to avoid a ban)'],
  [/leave (?:one|both|it)(?: of them)? out/i, 'drop …'],
  [/nothing can be had/i, 'the server offers no plaintext login'],
  [/that ban filters count/i, 'nothing fail2ban would count'],
  [/no secret left in clear/i, '29 of 29 clients sent nothing secret in clear'],
  [/'glance'|depth glance/i, 'quick, normal, full'],
  [/came out inconclusive/i, 'could not be judged'],
  [/kept for the visit/i, 'queued'],
  [/'what there is'|judge recordings again/i, 'list scenarios, checks, presets …; re-evaluate recordings'],
];

/** All text files below a folder, generated pages too: users read them. */
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|md|json)$/.test(name))
    .map((name) => join(folder, name));

describe('words', () => {
  const files = [...filesIn('src'), ...filesIn('docs'), 'README.md'].map((file) => ({
    file,
    lines: readFileSync(join(root, file), 'utf8').split('\n'),
  }));

  for (const [phrase, instead] of FORBIDDEN) {
    it(`${phrase.source}: better ${instead}`, () => {
      const found = files.flatMap(({ file, lines }) =>
        lines.flatMap((line, index) => (phrase.test(line) ? [`${file}:${String(index + 1)}: ${line.trim()}`] : [])),
      );
      expect(found).to.deep.equal([]);
    });
  }
});
