/**
 * What a probe of `waxseal export` costs, in processor time: several listeners of a real Dovecot, scraped as Prometheus does, beside a
 * bare handshake by Node’s own TLS in a process of its own. `npx tsx scripts/bench/exporter.ts [PROBES]`; after a build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { startDovecot } from '../../src/endpoints/daemons/dovecot.js';
import { Fault } from '../../src/fault.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import type { Figure } from './audit.js';

/** Processor time of probes through an exporter that has been running for a while, and of bare handshakes with the same port. */
export const exporterFigures = async (probes = 400): Promise<Figure[]> => {
  const name = `exporter, ${String(probes)} probes`;
  const authority = await createAuthority();
  const certificate = await authority.issue('good', { dns: ['localhost'], ip: [ADDRESS] });
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.pem);
  try {
    await using daemon = await startDovecot({
      address: ADDRESS,
      configuration: 'good',
      certificate,
      users: [{ user: 'joe', password: 'sesame-open' }],
      roles: ['imap', 'imaps', 'pop3', 'pop3s'],
    });
    const targets = daemon.listeners.map(({ portRole, port }) => `${portRole}://${ADDRESS}:${String(port)}`);
    const imaps = daemon.listeners.find(({ portRole }) => portRole === 'imaps');
    const exporter = await started([WAXSEAL, 'export', '--listen', '127.0.0.1:0', '--ca', ca, '--allow', '*']);
    try {
      const url = /http:\/\/[^/]+\//.exec(exporter.line)?.[0] ?? '';
      await scraped(url, targets, WARM_UP);
      const before = await cpu(url);
      const succeeded = await scraped(url, targets, probes);
      const each = ((await cpu(url)) - before) / probes;
      const bare = await started(['-e', BARE, ADDRESS, String(imaps?.port), String(WARM_UP), String(probes)]);
      const handshake = Number(bare.line) / probes;
      await bare.ended();
      return [
        {
          name,
          text: `${(each * 1000).toFixed(2)} ms of a processor each (${String(succeeded)} succeeded): 400 a minute are ${((each * 400 * 100) / 60).toFixed(1)} % of a core; ${(each / handshake).toFixed(1)} times a bare handshake of Node (${(handshake * 1000).toFixed(2)} ms)`,
        },
      ];
    } finally {
      await exporter.ended();
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'DAEMON_MISSING') throw error;
    return [{ name, text: `not measured: ${error.message}` }];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

interface Started {
  /** The first that it wrote. */
  readonly line: string;
  readonly ended: () => Promise<void>;
}

const started = async (args: readonly string[]): Promise<Started> => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line = ''] = (await once(createInterface(child.stdout), 'line')) as [string?];
  return {
    line,
    ended: async () => {
      child.kill('SIGINT');
      await exited;
    },
  };
};

/** How many of the probes succeeded. */
const scraped = async (url: string, targets: readonly string[], probes: number): Promise<number> => {
  const limit = pLimit(AT_ONCE);
  const bodies = await Promise.all(
    Array.from({ length: probes }, (_, index) =>
      limit(async () => {
        const target = targets[index % targets.length] ?? '';
        return (await fetch(`${url}probe?target=${encodeURIComponent(target)}`)).text();
      }),
    ),
  );
  return bodies.filter((body) => /^probe_success 1$/m.test(body)).length;
};

/** Seconds of the exporter so far, by its own metrics. */
const cpu = async (url: string): Promise<number> =>
  Number(/^process_cpu_seconds_total (\S+)$/m.exec(await (await fetch(`${url}metrics`)).text())?.[1]);

/** Full handshakes one after the other, the chain not even looked at; says how many seconds of a processor they took. */
const BARE = `
const { connect } = require('node:tls');
const [host, port, warmUp, count] = process.argv.slice(1);
const handshake = () => new Promise((resolve, reject) => {
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  socket.once('data', () => socket.end());
  socket.once('error', reject);
  socket.once('close', resolve);
});
(async () => {
  for (let done = 0; done < Number(warmUp); done += 1) await handshake();
  const before = process.cpuUsage();
  for (let done = 0; done < Number(count); done += 1) await handshake();
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1e6);
})();
`;

const ADDRESS = '127.0.0.2';
const WARM_UP = 100;
const AT_ONCE = 4;
const WAXSEAL = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/cli/main.js');

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { name, text } of await exporterFigures(Number(process.argv[2] ?? 400))) console.log(`${name}: ${text}`);
