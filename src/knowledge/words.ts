/** Words of waxseal’s messages that have a meaning of their own here. */
export const WORDS: Readonly<Record<string, string>> = {
  attack:
    'what a scenario does to a connection: it changes, drops or adds bytes, as somebody on the network path could',
  bait: 'the part of an attack that a client must have received, and acted after, before its run can be called safe',
  canary:
    'a user name, password, token or message that exists in one run of the client only, so that every copy of it on the wire can be found, in whatever form',
  case: 'one scenario (and variant) in one protocol and TLS mode; its key, such as starttls-refused/454@smtp+starttls#server, stays the same',
  cell: 'an isolated network namespace of Linux, in which a client meets real host names (mail.lab.test) and ports below 1024: --place cell',
  check: 'one rule for servers; waxseal audit runs them, waxseal list checks names them',
  control:
    'the run of the same client with an honest server, before all attacks; it shows that the set-up works, and without it nothing is called safe',
  door: 'a port of a server, seen by how TLS starts there: 143 with STARTTLS and 993 with implicit TLS are two doors to the same mail; they can be spliced if an attacker can connect a client of the one to the other',
  downgradable:
    'the client goes on without trusted TLS, and you said with --tls-policy opportunistic that it is meant to; this is no failure',
  finding: 'an unsafe client, or a check that a server fails; the report shows the proof',
  flaw: 'the mistake that a scenario or check exists to find; a test client or server with exactly this mistake proves that it is found',
  inconclusive: 'nothing was proved, neither safe nor unsafe; the reason says what is missing',
  moment:
    'a point of a conversation at which a scenario may interfere: greeting, capability list, STARTTLS, handshake, login …',
  'not-applicable': 'the case or check makes no sense for this client or server',
  place: 'where clients run: loopback, or a cell (--place)',
  probe: 'one observation of a server, which checks judge; it is made once, however many checks need it',
  recording:
    'one run of a client as a JSON document, written with --record; waxseal judge gives the verdicts of this version on it',
  role: 'what a port is for: smtp, submission, submissions, imap, imaps, pop3, pop3s, sieve, lmtp',
  safe: 'proved: the attack took place, the client acted after it and ended, and nothing secret was sent outside trusted TLS',
  scenario: 'one attack on clients, or none (control); waxseal list scenarios names them',
  seat: 'where waxseal sits: as the server (test, serve), in the middle (proxy, test --through), or as the client (audit)',
  seed: 'the text that all user names and passwords of a session are derived from; --seed repeats them',
  'self-test':
    'flawed test clients are run first, where the session happens, to prove that verdicts can be trusted here; --no-self-test skips it',
  told: 'what the client reported at its end by exit code, signal or error, compared with what the server accepted: “reported success, although no login was accepted”. It does not change the verdict, except in scenarios that ask what the client believed. If a client reports success even when an honest server refuses its login (control-refused), its reports prove nothing',
  toy: 'a small test client or server of waxseal: careful, or with one flaw; waxseal proves its own verdicts with it',
  transcript: 'what was said on one connection, line by line; its marks are explained in docs/reports.md',
  unsafe:
    'a secret was sent in clear, or the client trusted data or a server that it must not trust; the transcript shows the bytes',
  variant: 'one form of a scenario, such as the reply code 454 of starttls-refused/454',
  visit: 'one run of the client against one server of waxseal, with its own account',
};
