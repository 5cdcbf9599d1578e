import type { Result } from '../document/report-model.js';
import { metricLines, type Sample } from './metrics.js';
import { handshakeIn, tlsTitle } from './negotiated.js';

/** One listener, as an exporter tells it. */
export interface ProbeOutcome {
  readonly results: readonly Result[];
  /** What could not be observed at all: the port does not answer, or the time ran out. */
  readonly faults: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * An audit of one listener as metrics. Where the meaning is the same, the names are those of blackbox_exporter: dashboards and
 * alerts for it work.
 */
export const probeMetrics = ({ results, faults, duration }: ProbeOutcome): string => {
  const chains = chainsIn(results);
  const [chain] = chains;
  const handshake = handshakeIn(results);
  const sent = chains.flatMap(({ certificates }) => certificates.map(({ notAfter }) => seconds(notAfter)));
  const verified = chain?.chain === 'trusted' ? chain.path.map(({ notAfter }) => seconds(notAfter)) : [];
  const address = results.find((result) => result.address !== undefined)?.address;
  const failed = results.filter(({ status }) => status === 'fail');
  return [
    ...gauge(
      'probe_success',
      'Whether TLS started on the port, with a trusted certificate of the right name.',
      faults === 0 && isSuccess(results) ? 1 : 0,
    ),
    ...gauge('probe_duration_seconds', 'How long the probe took.', Number(duration.toFixed(6))),
    ...(address === undefined
      ? []
      : gauge('probe_ip_protocol', 'The version of IP, 4 or 6.', address.includes(':') ? 6 : 4)),
    ...(sent.length === 0
      ? []
      : gauge(
          'probe_ssl_earliest_cert_expiry',
          'When the first certificate of the chain that was sent expires, in Unix time.',
          Math.min(...sent),
        )),
    ...(verified.length === 0
      ? []
      : gauge(
          'probe_ssl_last_chain_expiry_timestamp_seconds',
          'When the verified chain expires, in Unix time.',
          Math.min(...verified),
        )),
    ...metricLines(
      'probe_ssl_last_chain_info',
      'gauge',
      'The certificate that was shown.',
      chain?.leaf === undefined
        ? []
        : [
            [
              {
                fingerprint_sha256: chain.leaf.fingerprintSha256,
                subject: chain.leaf.subject,
                issuer: chain.leaf.issuer,
                subjectalternative: [...chain.leaf.names.dns, ...chain.leaf.names.ip].slice(0, MOST_NAMES).join(','),
              },
              1,
            ],
          ],
    ),
    ...metricLines(
      'probe_tls_version_info',
      'gauge',
      'The version of TLS.',
      handshake?.version === undefined ? [] : [[{ version: tlsTitle(handshake.version) }, 1]],
    ),
    ...metricLines(
      'probe_tls_cipher_info',
      'gauge',
      'The cipher suite.',
      handshake?.cipher === undefined ? [] : [[{ cipher: handshake.cipher }, 1]],
    ),
    ...metricLines(
      'waxseal_check_failed',
      'gauge',
      'Checks that the server fails; one series for each.',
      failed.map(({ id, severity = 'info' }): Sample => [{ check: id, severity }, 1]),
    ),
    ...metricLines(
      'waxseal_checks',
      'gauge',
      'Checks by status.',
      STATUSES.map((status): Sample => [{ status }, results.filter((result) => result.status === status).length]),
    ),
    ...gauge('waxseal_probe_faults', 'What could not be observed at all.', faults),
  ]
    .map((line) => `${line}\n`)
    .join('');
};

/** TLS started, and a client that verifies would have gone on. */
const isSuccess = (results: readonly Result[]): boolean =>
  handshakeIn(results)?.completed === true &&
  results.some(({ id, status }) => id === 'port-mismatch' && status === 'pass') &&
  results.some(({ id, status }) => id === 'certificate-untrusted' && status === 'pass') &&
  !results.some(({ id, status }) => REQUIRED.has(id) && (status === 'fail' || status === 'inconclusive'));

/** Checks without which TLS did not start, or protects nothing. */
const REQUIRED: ReadonlySet<string> = new Set([
  'port-mismatch',
  'starttls-not-advertised',
  'starttls-refused',
  'starttls-unusable',
  'certificate-untrusted',
  'certificate-wrong-name',
  'certificate-out-of-date',
  'certificate-not-for-servers',
]);

const gauge = (name: string, help: string, value: number): string[] => metricLines(name, 'gauge', help, [[{}, value]]);

interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notAfter: string;
  readonly fingerprintSha256: string;
  readonly names: { readonly dns: readonly string[]; readonly ip: readonly string[] };
}

interface Chain {
  readonly chain: string;
  readonly leaf?: Certificate;
  readonly certificates: readonly Certificate[];
  readonly path: readonly Certificate[];
}

const chainsIn = (results: readonly Result[]): readonly Chain[] => {
  const found = results.map(({ facts }) => facts?.['chains']).find(Array.isArray) as
    readonly { readonly chain: Chain }[] | undefined;
  return (found ?? []).map(({ chain }) => chain);
};

const seconds = (date: string): number => Date.parse(date) / 1000;

const STATUSES = ['pass', 'warn', 'fail', 'inconclusive'] as const;
const MOST_NAMES = 100;
