import { caseOf } from '../../src/document/judge.js';
import { seenVisit, type Seen } from '../../src/document/seen.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import type { Visit } from '../../src/verdict/visit.js';
import { Transcript } from '../../src/wire/transcript.js';
import type { Random } from './random.js';

const b64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a client and its server may say again and again, `{p}` being a password that the client has said before. */
const REPEATED: readonly (readonly [client: string, server: string])[] = [
  ['NOOP\r\n', '250 ok\r\n'],
  ['NOOP {p}\r\n', '250 ok\r\n'],
  ['AUTH {p}\r\nCAPABILITY {p}\r\n', '504 no {p}\r\n'],
  ['AUTH PLAIN {b}\r\n', '535 no\r\n'],
  ['AUTH CRAM-MD5\r\n{b}\r\n', '334 {b}\r\n535 no\r\n'],
  ['{b}\r\n', '334 {b}\r\n'],
  ['{p}', '250-{p}\r\n'],
  ['a', '\n'],
  ['MAIL FROM:<{p}>\r\nRCPT TO:<{p}>\r\nDATA\r\n{p}\r\n.\r\n', '250 {p}\r\n250 ok\r\n354 go\r\n250 ok\r\n'],
  ['EHLO {p}\r\nSTARTTLS\r\n', '250-{p}\r\n250 AUTH PLAIN {p}\r\n454 {p}\r\n'],
];

/** A connection on which both sides have said as much as is kept, in pieces of some size: judged and masked. */
export const longConnection = (random: Random): { readonly seen: Seen; readonly password: string } => {
  const { visit, password } = longVisit(random);
  const seen = seenVisit(caseOf(visit), visit, { secrets: 'mask', key: Buffer.alloc(32), known: new Set() });
  return { seen, password };
};

/** The same, before it is judged. */
export const longVisit = (random: Random): { readonly visit: Visit; readonly password: string } => {
  const password = `zq${random.bytes(9).toString('hex')} CAPABILITY`;
  const filled = (text: string): string => text.replaceAll('{p}', password).replaceAll('{b}', b64(password.repeat(3)));
  const lines = Array.from({ length: 1 + random.int(2) }, () => random.pick(REPEATED));
  const [client, server] = [0, 1].map((side) => filled(lines.map((line) => line[side]).join('')));
  const login = `EHLO x\r\nAUTH PLAIN ${b64(`\0someone\0${password}`)}\r\n`;
  const said = Buffer.from(login + (client ?? '').repeat(Math.ceil(KEPT / (client?.length ?? 1))));
  const heard = Buffer.from(`220 x\r\n${(server ?? '').repeat(Math.ceil(KEPT / (server?.length ?? 1)))}`);
  const transcript = new Transcript(() => 1, { limit: KEPT });
  const size = random.pick([300, 4096, 65_536]);
  for (let at = 0; at < KEPT; at += size) {
    transcript.bytes('client', said.subarray(at, at + size), false);
    transcript.bytes('server', heard.subarray(at, at + size), false);
  }
  const visit: Visit = {
    ...{ number: 1, scenario: random.pick(['control', 'starttls-not-offered']), protocol: 'smtp', tls: 'starttls' },
    ...{ seat: random.pick(['server', 'middle']), portRole: 'submission', policy: 'required', ownCredentials: false },
    ...{ canaries: canariesOf('long', 1), hits: [], drained: true, faults: [] },
    client: { how: 'ended', stdout: '', stderr: '', duration: 1 },
    connections: [
      {
        ...{ id: 1, endpoint: 'own', portRole: 'submission', port: 587, protocol: 'smtp', tls: 'starttls' },
        ...{ leg: 'client', openedAt: 1, entries: transcript.entries, truncated: transcript.truncated },
      },
    ],
  };
  return { visit, password: password.slice(0, 20) };
};

const KEPT = 512 * 1024;
