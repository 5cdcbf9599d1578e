import { expect } from 'chai';
import { WORDS } from '../../src/knowledge/words.js';
import { allTexts } from './texts.js';

/** A kind of sentence that readers had to solve like a riddle. */
interface Row {
  /** As it once stood, each form of it. */
  readonly before: readonly string[];
  readonly kind: RegExp;
  readonly instead: string;
  /** Allowed on the pages for people who change or extend waxseal, which define the word. */
  readonly forUsers?: boolean;
}

const ROWS: readonly Row[] = [
  { before: ['closed 69 ms after it'], kind: /\bms after it\b/i, instead: 'disconnected 69 ms after the attack' },
  {
    before: ['sent no secret outside TLS', 'the control had logged in under TLS 1.3'],
    kind: /no secret outside TLS|\bcontrol had \w+/i,
    instead: 'nothing secret in clear (unattacked, it logs in over TLS 1.3)',
  },
  {
    before: ['insisted on STARTTLS, sent nothing else'],
    kind: /insisted on |sent nothing else/i,
    instead: 'asked for STARTTLS anyway and stopped',
  },
  {
    before: ['the client never reached the point where the server misbehaves'],
    kind: /never reached the point|where the server misbehaves/i,
    instead: 'the client disconnected before the attack',
  },
  {
    before: ['there was no control of this client', 'there was no control'],
    kind: /there was no control\b|no control of th/i,
    instead: 'this client was never seen without an attack',
  },
  {
    before: ['the control did not pass'],
    kind: /control did not pass/i,
    instead: 'the client already fails with an honest server',
  },
  {
    before: ['127.0.0.1:37407 leads to mail.lab.test:143', 'the first connection goes untouched'],
    kind: /[\w})\]] leads to |goes untouched/i,
    instead: 'listening on …, forwarding to …; is not attacked',
  },
  {
    before: ['AUTHENTICATE with the password or token was sent outside TLS'],
    kind: /with the password or token|(?:was|were) sent outside TLS/i,
    instead: 'password sent in clear (AUTHENTICATE PLAIN)',
  },
  {
    before: ['an answer of CRAM-MD5 with an authenticator that can be cracked or relayed'],
    kind: /an answer of [A-Z]|authenticator that can be/i,
    instead: 'CRAM-MD5 response … (can be cracked offline or relayed)',
  },
  {
    before: ['a peer that cannot be verified', 'The peer cannot be verified'],
    kind: /peer (?:that )?cannot be verified/i,
    instead: 'an unverified server',
  },
  {
    before: ['what "mail.lab.test:2143" speaks was expected; name it by scheme'],
    kind: /\bw(?:as|ere) expected[;,]/i,
    instead: 'which protocol does … speak? Use imap://…',
  },
  {
    before: ['what the client speaks was expected, no --protocol came', 'none came'],
    kind: /\bno --?\w+ came\b|\bnone came\b/i,
    instead: 'missing --protocol: smtp, imap, …',
  },
  {
    before: ['a scenario, check, port or topic was expected, "cell" came', 'expected unsafe, came safe'],
    kind: /\bexpected\b.*\bcame\b/i,
    instead: 'unknown: "cell". Known are …',
  },
  {
    before: ['https is no scheme of mine; there are smtp'],
    kind: /\bis no scheme\b|\bof mine\b/i,
    instead: 'unsupported scheme https; supported: smtp, …',
  },
  {
    before: ['needs the well-known ports, which this place has not; run it with --place cell'],
    kind: /needs the well-known ports|which th(?:is|e) \w+ has not\b/i,
    instead: 'needs ports below 1024: run with --place cell (an isolated network namespace)',
  },
  {
    before: ['where visits happen; a cell has host names and well-known ports'],
    kind: /where visits happen|a cell has host names/i,
    instead: 'where to run clients: loopback, or cell = isolated network namespace with …',
  },
  {
    before: [
      'visits at once',
      'visits a case',
      'one connection a port',
      'login attempts an address in ten minutes',
      'connections a listener',
    ],
    kind: /\bvisits at once|\b(?:visits|runs|attempts|connections?|conversations|rows|fields?|files?|lines?) an? (?:case|address|listener|host|endpoint|turn|seat|line|row|second|minute|attack|rule|port)\b/i,
    instead: 'clients run in parallel; runs per case; connections per listener',
  },
  {
    before: ['the mildest finding that changes the exit code'],
    kind: /\bmildest\b/i,
    instead: 'lowest severity that makes the exit code 1',
  },
  {
    before: ['the budget of 2 login attempts is spent, so that nobody gets banned', 'what gets an auditor banned'],
    kind: /\bbudget of (?:\d|\{)|(?:budget|attempts).* (?:is|are) spent\b|\bgets? \w*\s?\w* ?banned/i,
    instead: 'login limit reached (2 per address, to avoid a ban)',
  },
  {
    before: ['known, but its day has passed', 'known to be worse; remove it from the list'],
    kind: /day has passed|known to be worse/i,
    instead: 'acceptance expired on …; listed as failing but passes now: remove the entry',
  },
  {
    before: ['"imap://…" means starttls TLS, but --tls says implicit; leave one of them out'],
    kind: /means (?:starttls|implicit) TLS, but|leave (?:one|both|it)(?: of them)? out|; leave out/i,
    instead: 'imap:// means STARTTLS, but --tls implicit was given; drop …',
  },
  {
    before: [
      'the server misbehaves at the greeting, the capability list',
      'the server changes the greeting, the capability list, the answer to STARTTLS',
      'a login in clear would be accepted',
    ],
    kind: /server misbehaves at|the server changes the |login in clear would be/i,
    instead: 'the deed: removes STARTTLS from greeting and capability list',
  },
  {
    before: ['nothing can be had in clear'],
    kind: /nothing can be had/i,
    instead: 'the server offers no plaintext login',
  },
  {
    before: [
      'Left in the server’s log: nothing that ban filters count',
      'one line for each try, which ban filters count',
    ],
    kind: /^Left in the server|(?:that|which) ban filters count/i,
    instead: 'server log: nothing fail2ban would count',
  },
  { before: ['Covers: strip-caps-omit'], kind: /^[-* ]*Covers\*?:/, instead: 'nothing: internal ids' },
  {
    before: ['29 times no secret left in clear, and the careless client was caught'],
    kind: /\d+ times no |times no secret/i,
    instead: '29 of 29 connections were encrypted before login',
  },
  {
    before: ['imap implicit, implicit TLS 993 /', 'a case of the middle seat', 'its portRole'],
    kind: /\bimap implicit\b|implicit TLS \d{3}\b(?!,)|\bmiddle seat\b|\bportRole \w|\w portRole\b/,
    instead: 'IMAPS (implicit TLS); client test, server audit, proxy',
    forUsers: true,
  },
  { before: ['depth: glance, verdict, full'], kind: /\bglance, |depth glance/i, instead: 'quick, normal, full' },
  {
    before: ['a toy that falls back to plaintext came out inconclusive'],
    kind: /\ba toy that\b|\bcame out (?:\w+|\{\})$|\bcame out (?:safe|unsafe|inconclusive|as)\b/i,
    instead: 'self-test client “plaintext fallback” could not be judged',
    forUsers: true,
  },
  { before: ['kept for the visit'], kind: /kept for the visit/i, instead: 'queued' },
  {
    before: ['list: what there is', 'judge recordings again', 'Judging recordings again'],
    kind: /\bwhat there is$|judg(?:ing|e|ed) recordings again|recordings judged again/i,
    instead: 'list scenarios, checks, presets …; re-evaluate recordings',
  },
  { before: ['every day, unless told otherwise'], kind: /unless told/i, instead: 'by default' },
  { before: ['it is not to be had'], kind: /\b(?:is|are) (?:not )?to be had\b/i, instead: 'available' },
  {
    before: ['whoever listens', 'Who listens to one login can guess', 'a setting is no help to who runs this one'],
    kind: /\bwhoever\b|(?:^|[.;:(] ?|\b(?:for|to|of|by) )who (?:needs|wants|has|runs|is|must|listens|knows|comes|reads|connects|sits)\b/i,
    instead: 'a noun: the client, anybody on the path',
  },
  { before: ['all but for Django’s', 'for want of another'], kind: /\bbut for [A-Z]|for want of/, instead: 'except' },
  { before: ['EHLO came where it stops'], kind: /\b[A-Z]{4,} came\b/, instead: 'the client sent EHLO' },
];

/** Words with a meaning of their own here (../shared/wording.md, first paragraph). */
const HOUSE_WORDS = 'case visit control canary seat cell place toy flaw bait moment'.split(' ');

describe('words', () => {
  const texts = allTexts();

  it('are looked for in pages, help, lists, explanations, golden reports and messages', () => {
    const places = new Set(texts.map(({ where }) => where.replace(/:\d+$/, '').replace(/ .*/, '')));
    expect([...places]).to.include.members([
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'CHANGELOG.md',
      'docs/proxy.md',
      'docs/reference/checks.md',
      'list',
      'explain',
      'fixtures/reports/sessions/bad-audit.pipe-80.txt',
      'src/verdict/injection.ts',
    ]);
    expect(texts.filter(({ where }) => where.includes(' --help:'))).to.have.length.above(100);
  });

  for (const { before, kind, instead, forUsers } of ROWS) {
    it(`${before.join(' / ')}: better ${instead}`, () => {
      for (const phrase of before) expect(phrase, 'the pattern finds its own phrase').to.match(kind);
      const found = texts
        .filter(({ isForUsers }) => isForUsers || forUsers !== true)
        .filter(({ text }) => kind.test(text))
        .map(({ where, text }) => `${where}: ${text.trim()}`);
      expect(found).to.deep.equal([]);
    });
  }

  for (const word of HOUSE_WORDS)
    it(`${word} is explained, and in the glossary`, () => {
      expect(WORDS).to.have.property(word);
      expect(
        texts.some(({ where, text }) => where.startsWith('docs/architecture') && text.startsWith(`| ${word} |`)),
      ).to.equal(true);
    });
});
