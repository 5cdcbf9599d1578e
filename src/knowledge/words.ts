import { PORT_ROLES, PROTOCOL_TITLES } from '../protocols/names.js';
import { inWords } from '../protocols/in-words.js';
import { FAMILY_NAMES } from '../scenarios/family.js';
import { CAUSES } from './advice.js';

/** Words of waxseal’s messages that have a meaning of their own here. */
export const WORDS: Readonly<Record<string, string>> = {
  attack:
    'what a scenario does to a connection: it changes, drops or adds bytes, as somebody on the network path could',
  attested:
    'said by the person in front of the client, who answered a question of serve about its screen; not observed by waxseal',
  audit: 'one run of checks against servers: waxseal audit',
  bait: 'the part of an attack that a client must receive: a run is called safe only if the client received it and did something after it',
  boundary: 'the instant at which a connection turns from clear text to TLS',
  canary:
    'a user name, password, token or message that exists in one run of the client only, so that every copy of it on the wire can be found, in whatever form',
  'capability list':
    'what a server says that it can do, STARTTLS included: the answer to EHLO or LHLO (SMTP, LMTP), CAPABILITY (IMAP, ManageSieve) or CAPA (POP3); in short: the list',
  case: 'one scenario (and variant) in one protocol and TLS mode; its key, such as starttls-refused/454@smtp+starttls#server, is the same in every run and version',
  cause: `what a client did wrong, in general terms; reports put findings with the same cause together. The causes are: ${Object.keys(CAUSES).join(', ')}`,
  claim: 'what a setup guide says about one port: protocol, number and how TLS starts; waxseal guide checks it',
  cell: 'an isolated network namespace of Linux, in which a client meets real host names (mail.lab.test) and ports below 1024: --place cell',
  check: 'one rule for servers; waxseal audit runs them, waxseal list checks names them',
  comparison:
    'a run of the client with an honest server that is slow or refuses it; what the client does under attack is compared with it',
  control:
    'the run of the same client with an honest server, before all attacks; it shows that the set-up works, and without it nothing is called safe',
  depth:
    'how thorough an audit is: --depth quick, normal (the default) or full; waxseal audit --help says what each does',
  dialogue: 'what both sides said on one connection, command by command and reply by reply',
  door: 'a port of a server, seen by how TLS starts there: 143 with STARTTLS and 993 with implicit TLS are two doors to the same mail',
  splice:
    'to connect a client of one door to the server’s other door, as an attacker on the path can: the client asks for STARTTLS, and its TLS session goes to the port for implicit TLS (or the reverse)',
  downgradable:
    'the client goes on without trusted TLS and that is permitted: you gave --tls-policy opportunistic, or a standard allows it; this is no failure',
  endpoint: 'a server that waxseal runs, honest or attacking, and its port',
  evidence: 'the line of a transcript that proves a verdict, and why that line is wrong',
  family: `what an attack is about; each scenario belongs to one. The families are: ${FAMILY_NAMES.join(', ')}`,
  fault:
    'something that kept waxseal itself from observing, such as a port in use; what a client or server does wrong is never called a fault',
  finding: 'an unsafe client, or a check that a server fails; the report shows the proof',
  flaw: 'the mistake that a scenario or check exists to find; a test client or server with exactly this mistake proves that it is found',
  'go-ahead': 'the reply to STARTTLS that permits TLS to start: 220 (SMTP, LMTP), OK (IMAP, ManageSieve), +OK (POP3)',
  'implicit tls': 'TLS from the first byte of a connection, on a port of its own, such as 993; --tls implicit',
  inconclusive: 'nothing was proved, neither safe nor unsafe; the reason says what is missing',
  intrusive:
    'the check may be taken for an attack, or change the server’s state; it runs only with --intrusive, or against loopback and private addresses',
  judge: 'the part of waxseal that decides a verdict from a recording; as a command: waxseal judge',
  leg: 'one of the two connections of a proxy: to the client, or to the real server',
  listener: 'one port of an audited server: address, port number, protocol and TLS mode',
  mode: 'how TLS starts: implicit (from the first byte) or starttls (the connection begins in clear and is upgraded)',
  moment:
    'a point of a conversation at which a scenario may interfere: greeting, capability list, STARTTLS, handshake, login …',
  'not-applicable': 'the case or check makes no sense for this client or server',
  note: 'an entry of a transcript for something that is not text, such as a closed connection, and who caused it',
  passive: 'the check has ordinary conversations with the server only, as any client could',
  phase: 'the state of a connection: in clear, waiting for TLS, inside TLS, after TLS',
  place: 'where clients run: loopback, or a cell (--place)',
  preset:
    'a ready-made command line and configuration for a well-known mail client: waxseal list presets, waxseal test --preset NAME',
  probe: 'one observation of a server, which checks judge; it is made once, however many checks need it',
  profile:
    'the rules of a norm for TLS, such as NIST SP 800-52, as waxseal checks them: audit --profile NAME; waxseal list profiles names all, waxseal explain NAME lists the rules of one',
  protocol: `a mail protocol: ${inWords(PROTOCOL_TITLES, 'or')}; --protocol`,
  recording:
    'one run of a client as a JSON document, written with --record; waxseal judge gives the verdicts of this version on it',
  role: `what a port is for: ${inWords(PORT_ROLES, 'or')}`,
  safe: 'proved: the attack took place, the client acted after it and ended, and nothing secret was sent outside trusted TLS',
  scenario: 'one attack on clients, or none (control); waxseal list scenarios names them',
  scene: 'all servers that wait for one run of a client',
  seat: 'where waxseal sits: as the server (test, serve), in the middle (proxy, test --through), or as the client (audit)',
  seed: 'the text that all user names and passwords of a session are derived from; --seed repeats them',
  'self-test':
    'flawed test clients are run first, where the session happens, to prove that verdicts can be trusted here; --no-self-test skips it',
  session: 'one run of the command waxseal; it has a CA, a seed and accounts of its own',
  severity:
    'how bad a finding is: critical, high, medium, low or info; --fail-on says from which one on the exit code is 1',
  standard: 'the check says harmless things that clients do not usually say',
  starttls: 'the command by which a client asks, on a connection in clear, to start TLS (POP3: STLS); --tls starttls',
  step: 'one run of a client that a test suite starts: the control, a comparison, or a case; serve --control',
  style: 'a way to be careful that real clients have, such as closing at once, or saying QUIT first',
  'tamper rule': 'what a scenario does at one moment of a conversation',
  told: 'what the client reported at its end by exit code, signal or error, compared with what the server accepted: “reported success, although no login was accepted”. It does not change the verdict, except in scenarios that ask what the client believed. If a client reports success even when an honest server refuses its login (control-refused), its reports prove nothing',
  toy: 'a small test client or server of waxseal: careful, or with one flaw; waxseal proves its own verdicts with it',
  transcript: 'what was said on one connection, line by line; its marks are explained in docs/reports.md',
  unsafe:
    'a secret was sent in clear, or the client trusted data or a server that it must not trust; the transcript shows the bytes',
  variant: 'one form of a scenario, such as the reply code 454 of starttls-refused/454',
  visit: 'one run of the client against one server of waxseal, with its own account',
  wire: 'one connection, as waxseal reads and writes it',
};
