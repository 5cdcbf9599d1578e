import { escaped } from './escape.js';

/** One value of a metric. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Lines of a metric in Prometheus’ text format, which OpenMetrics reads too; none without a sample. */
export const metricLines = (
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  samples: readonly Sample[],
): string[] =>
  samples.length === 0
    ? []
    : [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(([labels, value]) => `${name}${braces(labels)} ${String(value)}`),
      ];

/** Labels as `{a="b"}`; control characters of peers are escaped. */
export const braces = (labels: Readonly<Record<string, string>>): string => {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${label(value)}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
};

const label = (text: string): string => escaped(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
