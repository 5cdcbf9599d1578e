import { buildSync } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ServedEndpoint {
  readonly case: string;
  readonly protocol: string;
  readonly tls: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly to: string;
}

export interface ServedVerdict {
  readonly case: string;
  readonly status: string;
  readonly client?: string;
  readonly because: string;
}

/** A built `waxseal serve` in a process of its own, with its verdicts, its memory, and the blocks of its event loop. */
export class Served implements AsyncDisposable {
  readonly endpoints: ServedEndpoint[] = [];
  readonly verdicts: ServedVerdict[] = [];
  readonly counts = new Map<string, number>();
  ca = '';
  /** Longest block of its event loop in ms since `blocked` was last set to 0. */
  blocked = 0;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #ready: Promise<void>;
  #heard: () => void = () => undefined;

  private constructor(args: readonly string[], keeps: (verdict: ServedVerdict) => boolean) {
    this.#folder = mkdtempSync(join(tmpdir(), 'wax-load-'));
    const probe = join(this.#folder, 'probe.mjs');
    buildSync({
      entryPoints: [fileURLToPath(new URL('loop-probe.ts', import.meta.url))],
      outfile: probe,
      ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
    });
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const profile = process.env['WAXSEAL_HOSTILE_PROFILE'];
    this.#process = spawn(
      process.execPath,
      [
        ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
        ...['--import', probe, main, 'serve', ...args, '--format', 'json'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] },
    );
    createInterface({ input: this.#process.stdio[3] as Readable }).on('line', (line) => {
      this.blocked = Math.max(this.blocked, Number(line));
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#process.once('exit', () => {
        reject(new Error('serve has ended'));
      });
      createInterface({ input: this.#process.stdout ?? process.stdin }).on('line', (line) => {
        const event = JSON.parse(line) as { event: string; ca?: string } & ServedEndpoint & ServedVerdict;
        if (event.event === 'endpoint') this.endpoints.push(event);
        if (event.event === 'ready') {
          this.ca = readFileSync(event.ca ?? '', 'utf8');
          resolve();
        }
        if (event.event !== 'verdict') return;
        this.counts.set(event.status, (this.counts.get(event.status) ?? 0) + 1);
        if (keeps(event)) this.verdicts.push(event);
        this.#heard();
      });
    });
  }

  static async start(args: readonly string[], keeps: (verdict: ServedVerdict) => boolean): Promise<Served> {
    const served = new Served(args, keeps);
    await served.#ready;
    return served;
  }

  /** The endpoint of a protocol whose case begins so. */
  endpoint(protocol: string, scenario: string): ServedEndpoint {
    const found = this.endpoints.find((each) => each.protocol === protocol && each.case.startsWith(`${scenario}@`));
    if (found === undefined) throw new Error(`no endpoint for ${scenario}`);
    return found;
  }

  /** Waits for the next verdict, at most 100 ms. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#heard = resolve;
      setTimeout(resolve, 100);
    });
  }

  /** MiB, now and at most. */
  get memory(): { readonly rss: number; readonly peak: number } {
    const status = readFileSync(`/proc/${String(this.#process.pid)}/status`, 'latin1');
    const field = (name: string): number =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
    return { rss: field('VmRSS'), peak: field('VmHWM') };
  }

  /** Interrupts it, and gives its exit code. */
  async stop(): Promise<number | null> {
    this.#process.removeAllListeners('exit');
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const code = new Promise<number | null>((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGINT');
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
