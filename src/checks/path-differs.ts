import { defineCheck, fail, info, notApplicable, pass, warn } from './check.js';
import { withoutUpgrade } from './flaws.js';

/** What is not as in an earlier report, a clause each. */
export interface PathDifference {
  /** When the earlier report was begun, ISO 8601. */
  readonly since: string;
  /** What an attacker or a device on the path does, and hardly anybody else. */
  readonly traces: readonly string[];
  /** What a device on the path may have done, and the server’s owner too. */
  readonly doubts: readonly string[];
  /** What happens by itself, or by an update. */
  readonly innocent: readonly string[];
}

export default defineCheck({
  id: 'path-differs',
  title: 'The server looks the same as from elsewhere, or as before',
  why: 'An attacker or a security device on the path removes STARTTLS, overwrites capabilities or ends TLS with a certificate of its own. From one place that cannot be told from a badly configured server; from two it can.',
  references: ['RFC 3207 §6', 'RFC 7435 §3', 'RFC 9325 §3.2'],
  cwe: ['CWE-757', 'CWE-300'],
  severity: 'high',
  intrusiveness: 'passive',
  depth: 'quick',
  comparesReports: true,
  needs: {},
  judge: (_, { difference }) => {
    if (difference === undefined) return notApplicable('nothing to compare with; give --compare REPORT');
    const { since, traces, doubts, innocent } = difference;
    const date = since.slice(0, 10);
    const all = [...traces, ...doubts, ...innocent].join('; ');
    if (traces.length > 0)
      return fail(`not as in the report of ${date}, and probably tampered with on the path: ${all}`);
    if (doubts.length > 0) return warn(`not as in the report of ${date}: ${all}`, { severity: 'medium' });
    return innocent.length > 0
      ? info(`not as in the report of ${date}, as after an update or a renewal: ${all}`)
      : pass(`the same as in the report of ${date}`);
  },
  remedy: {
    'any server':
      'to confirm, audit from a third network and compare that report too; ask the owner for the certificate’s fingerprint (--pin); if only one network differs, a device there interferes, such as a firewall that inspects SMTP: turn that off',
  },
  byHand: { openssl: '-showcerts' },
  flaw: [
    { name: 'has lost STARTTLS since', server: { tamper: withoutUpgrade }, modes: ['starttls'] },
    { name: 'shows a certificate of no trusted authority', server: { certificate: 'weak-key' } },
    {
      name: 'shows a certificate with another key, of the same authority',
      server: { certificate: 'another' },
      then: 'info',
    },
  ],
  covers: [],
  examples: [
    { given: {}, then: 'not-applicable' },
    { given: {}, on: { difference: differing({}) }, then: 'pass' },
    { given: {}, on: { difference: differing({ innocent: ['the greeting changed'] }) }, then: 'info' },
    {
      given: {},
      on: { difference: differing({ doubts: ['TLS 1.3 is refused now'] }) },
      then: 'warn',
      severity: 'medium',
    },
    {
      given: {},
      on: { difference: differing({ traces: ['STARTTLS is gone'], innocent: ['the greeting changed'] }) },
      then: 'fail',
    },
  ],
});

function differing(parts: Partial<PathDifference>): PathDifference {
  return { since: '2026-11-25T00:00:00.000Z', traces: [], doubts: [], innocent: [], ...parts };
}
