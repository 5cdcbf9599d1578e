import { dirname, join } from 'node:path';
import presets from '../../src/clients/presets/index.js';
import { systemTool } from '../../src/place/executable.js';
import { expectTruths, type Truth } from '../support/client-rows.js';
import { requireReal, skipUnlessRequired } from '../support/real.js';

const CLIENT = join(import.meta.dirname, 'clients', 'odd', 'ahead.py');
const CASE = 'greeting-inside-starttls';

const BELIEVES: readonly Truth[] = [[CASE, 'unsafe', 'it took the greeting for an answer']];
const BELIEVES_TEXT: readonly Truth[] = [
  ['starttls-response-injection/full-line', 'unsafe', 'text from before TLS answers its first question'],
];
/** A login that was accepted without being heard proves nothing of a client that does not wait for it. */
const DOES_NOT_WAIT: Truth = [`${CASE}/login-accepted`, 'inconclusive', 'it does not wait for answers'];

/** What each client believed is on its standard error. */
const ROWS: readonly (readonly [kind: string, truths: readonly Truth[]])[] = [
  ['smtp-hello-twice-login', BELIEVES],
  ['smtp-noop-first', BELIEVES],
  ['smtp-helo', BELIEVES],
  ['smtp-rset-first', BELIEVES],
  ['smtp-threaded', BELIEVES],
  ['smtp-cancels', []],
  ['smtp-throws-away', []],
  ['smtp-two-writes', []],
  ['smtp-looks-first', []],
  ['pop3-capa-one-line', BELIEVES],
  ['pop3-both-at-once', [...BELIEVES, DOES_NOT_WAIT]],
  ['pop3-auth-challenge', BELIEVES],
  ['pop3-threaded', BELIEVES],
  ['pop3-leaves', BELIEVES],
  ['pop3-strict-challenge', []],
  ['pop3-reads-list', []],
  ['pop3-looks-first', []],
  ['imap-challenge', BELIEVES],
  ['imap-literal', BELIEVES],
  ['imap-word-ok', BELIEVES],
  ['imap-word-ok-leaves', BELIEVES],
  ['imap-capability-word', BELIEVES],
  ['imap-by-tag', []],
  ['imap-all-at-once', [DOES_NOT_WAIT]],
  ['imap-strict-continuation', []],
];

describe('clients that are one reply ahead', function () {
  this.timeout(60_000);
  before(function () {
    requireReal(this, 'python3');
  });

  for (const [kind, truths] of ROWS)
    it(kind, async () => {
      const [name = ''] = kind.split('-');
      await expectTruths({
        client: kind,
        protocol: name === 'pop3' || name === 'imap' ? name : 'smtp',
        tls: 'starttls',
        run: ['python3', '-B', CLIENT, kind],
        scenario: [CASE],
        truths,
      });
    });

  for (const [kind, truths] of [
    ['smtp-any', BELIEVES_TEXT],
    ['smtp-login', BELIEVES_TEXT],
    ['smtp-careful', []],
    ['pop3-user', BELIEVES_TEXT],
    ['pop3-user-careful', []],
  ] as const)
    it(`asks for the list twice: ${kind}`, async () => {
      await expectTruths({
        client: kind,
        protocol: kind.startsWith('pop3') ? 'pop3' : 'smtp',
        tls: 'starttls',
        run: ['python3', '-B', join(dirname(CLIENT), 'asks_twice.py'), kind],
        scenario: ['starttls-response-injection/full-line'],
        truths,
      });
    });

  for (const [name, truths, says] of [
    ['git-send-email', BELIEVES, /^unsafe: sent AUTH before its second EHLO was answered/],
    ['s-nail', BELIEVES, /^unsafe: sent AUTH before its/],
    ['msmtp', [], /^safe: /],
    ['swaks', [], /^safe: /],
  ] as const)
    it(`${name}, from Debian`, async function () {
      const preset = presets.find((each) => each.name === name);
      const set = preset?.configure({ protocol: 'smtp', tls: 'starttls', policy: 'required' });
      if (preset === undefined || set === undefined) throw new Error(`no preset ${name}`);
      if (systemTool(preset.program) === undefined)
        skipUnlessRequired(this, `${preset.program} missing: apt-get install ${preset.packages}`);
      await expectTruths({
        client: name,
        protocol: 'smtp',
        tls: 'starttls',
        run: set.command,
        ...(set.files && { files: set.files }),
        scenario: [CASE],
        truths,
        says: [[CASE, says]],
      });
    });
});
