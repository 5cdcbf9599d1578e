import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { parseReport } from '../../src/document/report-text.js';
import { namespaceAvailability } from '../../src/place/namespace-tree.js';
import { commandLine } from '../support/built.js';
import { skipUnlessRequired } from '../support/real.js';

// Verdicts that depend on the machine that waxseal runs on: its name, its addresses. The server is played in the same namespaces.

interface Played {
  readonly host: string;
  /** Before the server starts, in shell. */
  readonly machine: string;
  readonly greeting: string;
  /** The first answer whose expression (of JavaScript) matches the line; `TAG` stands for its first word. */
  readonly answers: readonly (readonly [line: string, answer: string])[];
  readonly scheme: string;
  readonly check: string;
}

/** Plays the server, runs waxseal against it, and tells on standard error what it heard. */
const SERVER = `
const [, host, scheme, greeting, answers, ...args] = process.argv;
const rows = JSON.parse(answers);
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  socket.write(greeting);
  let pending = '';
  socket.on('data', (bytes) => {
    const lines = (pending + bytes).split('\\r\\n');
    pending = lines.pop();
    for (const line of lines) {
      console.error(line);
      const [, answer] = rows.find(([pattern]) => new RegExp(pattern).test(line));
      socket.write(answer.replaceAll('TAG', line.split(' ')[0]));
    }
  });
});
server.listen(0, host, () => {
  const url = scheme + '://' + (host.includes(':') ? '[' + host + ']' : host) + ':' + server.address().port;
  require('node:child_process')
    .spawn(process.execPath, [...args, url], { stdio: ['ignore', 'inherit', 'ignore'] })
    .on('exit', (code) => process.exit(code));
});`;

describe('audit on a machine of its own', function () {
  this.timeout(60_000);

  before(async function () {
    if (!(await namespaceAvailability('own')).available) skipUnlessRequired(this, 'this system allows no namespaces');
  });

  const audited = async ({ host, machine, greeting, answers, scheme, check }: Played) => {
    const waxseal = [commandLine(), 'audit', '--format', 'json', '--check', check, '--max-time', '20'];
    const child = spawn(
      'unshare',
      [
        ...[
          '--user',
          '--map-root-user',
          '--net',
          '--uts',
          'sh',
          '-c',
          `${machine}; ip link set lo up; exec "$@"`,
          'sh',
        ],
        ...[process.execPath, '-e', SERVER, host, scheme, greeting, JSON.stringify(answers), ...waxseal],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [out, heard] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [result] = parseReport(out, 'the report').results;
    return { told: `${result?.status ?? ''}: ${result?.because ?? ''}`, heard: heard.split('\n') };
  };

  const welcoming = (name: string, refusal: string): Pick<Played, 'greeting' | 'answers' | 'scheme' | 'check'> => ({
    greeting: '220 mail.example ESMTP\r\n',
    answers: [
      [`^EHLO ${name}$`, '250-mail.example\r\n250 STARTTLS\r\n'],
      ['^EHLO', refusal],
      ['^QUIT', '221 bye\r\n'],
      ['', '502 5.5.1 what?\r\n'],
    ],
    scheme: 'submission',
    check: 'starttls-not-advertised',
  });
  for (const [hostname, first, welcome, refusal] of [
    ['client.lab.test', 'client.lab.test', 'client\\.lab\\.test', '550 5.7.1 your name is not known\r\n'],
    ['client.lab.test', 'client.lab.test', '\\[127\\.0\\.0\\.\\d+\\]', '450 4.7.1 Host not found\r\n'],
    ['laptop', '[127.0.0.', '\\[127\\.0\\.0\\.\\d+\\]', '550 5.5.4 bad name\r\n'],
  ] as const)
    it(`named ${hostname}, at a server that takes ${welcome} only: ${first} is the first name in EHLO, and it passes`, async () => {
      const { told, heard } = await audited({
        host: '127.0.0.1',
        machine: `hostname ${hostname}`,
        ...welcoming(welcome, refusal),
      });
      expect(told).to.match(/^pass: /);
      expect(heard.find((line) => line.startsWith('EHLO'))).to.satisfy((line: string) =>
        line.startsWith(`EHLO ${first}`),
      );
    });

  it('which has no other address to ask its own server from: a login that it takes in clear is inconclusive, with the reason', async () => {
    const { told } = await audited({
      host: '::1',
      machine: ':',
      greeting: '* OK ready\r\n',
      answers: [
        ['^\\S+ CAPABILITY', '* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR\r\nTAG OK done\r\n'],
        ['^\\S+ (LOGIN|AUTHENTICATE)', 'TAG NO [AUTHENTICATIONFAILED] Authentication failed.\r\n'],
        ['^\\S+ LOGOUT', '* BYE\r\nTAG OK bye\r\n'],
        ['', 'TAG BAD no\r\n'],
      ],
      scheme: 'imap',
      check: 'login-accepted-before-tls',
    });
    expect(told).to.match(/^inconclusive: .*own machine/);
  });
});
