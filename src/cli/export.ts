import { Fault } from '../fault.js';
import { startExporter } from '../exporter/server.js';
import { listening } from '../serving/listening.js';
import type { CommandAction } from './commands/definition.js';
import { familyOf } from './family.js';
import { certificatesOf } from './files.js';
import { Interruption } from './interruption.js';
import { listenOf } from './listen.js';

/** Options of `waxseal export`. */
export interface ExportOptions {
  readonly listen: string;
  readonly allowClient: readonly string[];
  readonly allow: readonly string[];
  readonly ca: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly parallel: number;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
}

/** `waxseal export`: an exporter for Prometheus, until Ctrl-C. */
export const exportMetrics: CommandAction<ExportOptions, undefined> = async ({ options, version }) => {
  const { host, port } = listenOf(options.listen);
  if (options.allow.some((pattern) => pattern.trim() === ''))
    throw new Fault(
      'BAD_USAGE',
      '--allow needs a pattern, not ""; examples: mail.example.org, 192.0.2.10:993, imaps://*, or * for every target',
    );
  const { allows } = listening(host, options.allowClient);
  const family = familyOf(options);
  using interruption = new Interruption();
  await using exporter = await startExporter({
    host,
    port,
    ...(allows && { allows }),
    allow: options.allow,
    authorities: options.ca.flatMap(certificatesOf),
    timeout: options.timeout,
    parallel: options.parallel,
    ...(family && { family }),
    version,
  });
  process.stdout.write(`exporter on ${exporter.url}probe?target=imaps://HOST; end with Ctrl-C\n`);
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve();
    else
      interruption.signal.addEventListener('abort', () => {
        resolve();
      });
  });
  return 130;
};
