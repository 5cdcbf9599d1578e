import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testClient } from '../../../src/testing/test-client.js';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import type { Piece } from '../piece.js';
import { Trials } from '../trials.js';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A verdict for each case, and why. */
type Verdicts = ReadonlyMap<string, { readonly status: string; readonly because: string }>;

const curl = (policy: 'required' | 'opportunistic') => async (): Promise<Verdicts> => {
  const folder = mkdtempSync(join(tmpdir(), 'wax-repeat-'));
  const file = join(folder, 'report.json');
  const args = `test --preset curl --protocol imap --tls starttls --tls-policy ${policy} --no-self-test --report json:${file}`;
  try {
    await new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args.split(' ')], { maxBuffer: 1 << 28 }, resolve);
    });
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Parameters<typeof byCase>[0] };
    return byCase(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const byCase = (
  results: readonly { readonly case: string; readonly status: string; readonly because: string }[],
): Verdicts => new Map(results.map(({ case: key, status, because }) => [key, { status, because }]));

const CLIENTS: Readonly<Record<string, () => Promise<Verdicts>>> = {
  nodemailer: async () =>
    byCase(
      await testClient(
        async ({ nodemailer, from, to, message }) => {
          await createTransport({ ...nodemailer, requireTLS: true }).sendMail({ envelope: { from, to }, raw: message });
        },
        { protocol: 'smtp', tls: 'starttls' },
      ),
    ),
  imapflow: async () =>
    byCase(
      await testClient(
        async ({ imapflow }) => {
          const client = new ImapFlow({ ...imapflow, doSTARTTLS: true });
          client.on('error', () => undefined);
          await client.connect();
          await client.logout();
        },
        { protocol: 'imap', tls: 'starttls' },
      ),
    ),
  'curl, required': curl('required'),
  'curl, opportunistic': curl('opportunistic'),
};

/** As many processes as there are cores, each busy, while something is done. */
const busily = async <T>(work: () => Promise<T>): Promise<T> => {
  const burners = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  try {
    return await work();
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
  }
};

/** The same client, judged again and again, on an idle machine and on a busy one: the same verdicts, or that the machine was too slow. */
const repeatability: Piece = {
  id: 'repeatability',
  title: 'Repeatability',
  run: async (options) => {
    const trials = new Trials('repeatability', options);
    const notes: string[] = [];
    for (const [name, run] of Object.entries(CLIENTS).slice(0, options.long ? 4 : 1)) {
      let first: Verdicts | undefined;
      let slow = 0;
      for (const state of ['idle', 'busy'] as const)
        await trials.row(`${name}, ${state}`, { long: 20, short: 1, patience: 1_200_000 }, async () => {
          const verdicts = await (state === 'idle' ? run() : busily(run));
          if (verdicts.size < 10) throw new Error(`only ${String(verdicts.size)} results`);
          first ??= verdicts;
          for (const [key, { status, because }] of verdicts) {
            const before = first.get(key);
            if (before?.status === status) continue;
            if (because.includes(SLOW) || before?.because.includes(SLOW) === true) slow += 1;
            else
              throw new Error(
                `${key}: ${String(before?.status)}, then ${status}: ${because} (before: ${String(before?.because)})`,
              );
          }
        });
      if (first !== undefined)
        notes.push(`${name}: ${String(first.size)} cases; the machine was too slow for ${String(slow)} verdicts`);
    }
    return { rows: trials.rows, notes };
  },
};

const SLOW = 'machine too slow';

export default repeatability;
