/**
 * waxseal beside other scanners, in one run, on the same servers, on loopback and behind a relay with a round trip of 40 ms. Root is
 * needed, because some scanners know a service by its port only. Prints the tables of docs/scanners.md; `--quick` leaves testssl.sh out,
 * `--port smtp` takes one port only, `--scanner posttls-finger` only scanners whose name has this word, `--commands` shows their commands.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { labPairs, openLab, pairName, type Lab } from '../../src/lab/lab.js';
import { portOf } from '../../src/protocols/port-roles.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { openRelay, type Relay } from './relay.js';

interface Measured {
  readonly wall: number;
  readonly cpu: number;
  readonly connections: number;
  readonly bytes: number;
  readonly isWhole: boolean;
}

/** A scanner, with its command for one port; undefined where it cannot scan it. */
interface Scanner {
  readonly name: string;
  readonly command: (role: PortRole, host: string) => readonly string[] | undefined;
  readonly slow?: true;
}

const ROLES = ['smtp', 'submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s'] as const satisfies PortRole[];
/** The ports that every scanner is measured on. */
const SINGLE = ['smtp', 'imap', 'imaps'] as const satisfies PortRole[];
const WAXSEAL = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/cli/main.js');
const LONGEST = 240_000;

const starttls = (role: PortRole): string | undefined =>
  portOf(role).tls === 'starttls' ? portOf(role).protocol : undefined;

const waxseal =
  (depth: string, ca: string) =>
  (roles: readonly PortRole[], host: string): string[] => [
    process.execPath,
    WAXSEAL,
    'audit',
    ...roles.map((role) => `${role}://${host}`),
    ...['--ca', ca, '--servername', 'mail.lab.test', '--depth', depth],
  ];

const scanners = (ca: string): Scanner[] => [
  ...['quick', 'normal', 'full'].map((depth) => ({
    name: `waxseal --depth ${depth}`,
    command: (role: PortRole, host: string) => waxseal(depth, ca)([role], host),
  })),
  {
    name: 'sslscan',
    command: (role, host) => {
      const protocol = starttls(role);
      return [
        'sslscan',
        '--no-colour',
        ...(protocol === undefined ? [] : [`--starttls-${protocol}`]),
        `${host}:${String(portOf(role).port)}`,
      ];
    },
  },
  { name: 'nmap ssl-enum-ciphers', command: (role, host) => nmap([role], host) },
  {
    name: 'gnutls-cli-debug',
    command: (role, host) => {
      const protocol = starttls(role);
      return [
        'gnutls-cli-debug',
        ...(protocol === undefined ? [] : ['--starttls-proto', protocol]),
        ...['-p', String(portOf(role).port), host],
      ];
    },
  },
  {
    name: 'posttls-finger (one handshake)',
    command: (role, host) =>
      role === 'smtp' ? ['posttls-finger', '-c', '-l', 'may', `[${host}]:${String(portOf(role).port)}`] : undefined,
  },
  {
    name: 'testssl.sh',
    slow: true,
    command: (role, host) => {
      const protocol = starttls(role);
      return [
        'testssl',
        ...['--quiet', '--warnings', 'off', '--color', '0', '--ip', 'one', '--openssl', '/usr/bin/openssl'],
        ...(protocol === undefined ? [] : ['-t', protocol]),
        `${host}:${String(portOf(role).port)}`,
      ];
    },
  },
];

const nmap = (roles: readonly PortRole[], host: string): string[] => [
  'nmap',
  ...['-Pn', '-n', '--script', 'ssl-enum-ciphers', '-p', roles.map((role) => String(portOf(role).port)).join(), host],
];

/** Runs a command to its end, or for four minutes. */
const measured = async (command: readonly string[], relays: readonly Relay[]): Promise<Measured> => {
  const before = relays.map(({ traffic }) => ({ ...traffic }));
  const started = performance.now();
  const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time "$@" >/dev/null 2>&1', 'bash', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const { pid } = child;
  const guard = setTimeout(() => {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  }, LONGEST);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(guard);
  const wall = performance.now() - started;
  const [, user = 'NaN', system = 'NaN'] = /cpu ([\d.]+) ([\d.]+)/.exec(errors) ?? [];
  const sum = (key: 'connections' | 'bytes'): number =>
    relays.reduce((all, { traffic }, index) => all + traffic[key] - (before[index]?.[key] ?? 0), 0);
  return {
    wall,
    cpu: Number(user) + Number(system),
    connections: sum('connections'),
    bytes: sum('bytes'),
    isWhole: code !== null,
  };
};

const row = (name: string, figures: Measured | undefined): string => {
  if (figures === undefined) return `| ${name} | – | | | |`;
  const { wall, cpu, connections, bytes, isWhole } = figures;
  const seconds = isWhole ? (wall / 1000).toFixed(2) : `> ${String(LONGEST / 1000)}`;
  return `| ${name} | ${seconds} | ${isWhole ? cpu.toFixed(2) : '?'} | ${String(connections)} | ${(bytes / 1000).toFixed(0)} |`;
};

const HEAD = ['| | wall s | CPU s | connections | kB |', '| --- | --- | --- | --- | --- |'];

const withServers = async (use: (lab: Lab, ports: ReadonlyMap<PortRole, number>) => Promise<void>): Promise<void> => {
  await using lab = await openLab();
  const pairs = ['postfix:good', 'dovecot:good'].flatMap((name) =>
    labPairs().filter((pair) => pairName(pair) === name),
  );
  const running = await Promise.all(pairs.map((pair) => lab.start(pair)));
  await use(
    lab,
    new Map(running.flatMap(({ listeners }) => listeners.map(({ portRole, port }) => [portRole, port] as const))),
  );
};

const { values: wanted } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    commands: { type: 'boolean', default: false },
    port: { type: 'string' },
    scanner: { type: 'string', default: '' },
  },
});
const single = SINGLE.filter((role) => wanted.port === undefined || wanted.port === role);
if (single.length === 0) throw new Error(`unknown port ${String(wanted.port)}; known: ${SINGLE.join(', ')}`);

await withServers(async (lab, ports) => {
  for (const { host, roundTrip, title } of [
    { host: '127.0.0.9', roundTrip: 0, title: 'on loopback' },
    { host: '127.0.0.10', roundTrip: 40, title: 'behind 40 ms' },
  ]) {
    const relays = new Map<PortRole, Relay>();
    for (const role of ROLES)
      relays.set(
        role,
        await openRelay(
          { host, port: portOf(role).port },
          { host: '127.0.0.2', port: ports.get(role) ?? 0 },
          roundTrip,
        ),
      );
    const all = [...relays.values()];
    for (const role of single) {
      const { port, label } = { port: portOf(role).port, label: role };
      console.log(`\n${label} (${String(port)}), ${title}\n`);
      for (const line of HEAD) console.log(line);
      for (const { name, command, slow } of scanners(lab.caFile)) {
        if (!name.includes(wanted.scanner)) continue;
        if (slow === true && (wanted.quick || roundTrip > 0 || role !== 'smtp')) continue;
        const words = command(role, host);
        if (wanted.commands && words) console.log(`    ${words.join(' ')}`);
        console.log(row(name, words && (await measured(words, all))));
      }
    }
    if (single.length === SINGLE.length && wanted.scanner === '') {
      console.log(`\nall seven ports of Postfix and Dovecot, ${title}\n`);
      for (const line of HEAD) console.log(line);
      for (const depth of ['quick', 'normal', 'full'])
        console.log(row(`waxseal --depth ${depth}`, await measured(waxseal(depth, lab.caFile)(ROLES, host), all)));
      console.log(row('nmap ssl-enum-ciphers', await measured(nmap(ROLES, host), all)));
    }
    await Promise.all(all.map((relay) => relay[Symbol.asyncDispose]()));
  }
});
