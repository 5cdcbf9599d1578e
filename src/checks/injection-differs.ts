import { injectionParity } from '../probes/injection-parity.js';
import { defineCheck, fail, pass } from './check.js';
import { keepsLines } from './flaws.js';

export default defineCheck({
  id: 'injection-differs',
  title: 'All ports with STARTTLS treat injected plaintext alike',
  why: 'Where one port executes what was injected and another one does not, there are two implementations of STARTTLS: often a proxy that nobody updates together with the server.',
  references: ['RFC 3207 §4'],
  cve: ['CVE-2021-33515'],
  cwe: ['CWE-74'],
  severity: 'high',
  intrusiveness: 'standard',
  logLines: 'no more than what injection-full-line leaves',
  modes: ['starttls'],
  needs: { parity: injectionParity },
  judge: ({ parity: { own, others } }) => {
    const vulnerable = [own, ...others].filter(({ isVulnerable }) => isVulnerable);
    const ports = (list: readonly { readonly port: number }[]): string =>
      list
        .map(({ port }) => port)
        .sort((a, b) => a - b)
        .join(', ');
    if (vulnerable.length === 0) return pass('no port executes injected commands');
    if (vulnerable.length > others.length) return pass('every port executes injected commands');
    // One finding for all of them.
    const [first] = vulnerable.map(({ port }) => port).sort((a, b) => a - b);
    if (!own.isVulnerable) return pass(`this port does not execute injected commands, ${ports(vulnerable)} does`);
    if (own.port !== first) return pass(`told at port ${String(first)}`);
    const safe = [own, ...others].filter(({ isVulnerable }) => !isVulnerable);
    const proof = own.tries.find(({ outcome }) => outcome === 'vulnerable')?.line;
    return fail(
      `port ${ports(vulnerable)} executes commands that were injected before TLS, port ${ports(safe)} does not`,
      { proof },
    );
  },
  remedy: { 'any server': 'update what answers on that port: a proxy for submission, or an older server' },
  byHand: 'not with common tools',
  flaw: { name: 'executes injected commands on one of its two ports', server: { tamper: keepsLines, beside: true } },
  covers: ['srv-inject-parity'],
  examples: [
    {
      given: { parity: { own: { port: 143, isVulnerable: false }, others: [{ port: 587, isVulnerable: false }] } },
      then: 'pass',
    },
    {
      given: { parity: { own: { port: 143, isVulnerable: false }, others: [{ port: 587, isVulnerable: true }] } },
      then: 'pass',
    },
    {
      given: {
        parity: { own: { port: 587, isVulnerable: true, tries: [] }, others: [{ port: 143, isVulnerable: false }] },
      },
      then: 'fail',
    },
    {
      given: {
        parity: {
          own: { port: 587, isVulnerable: true, tries: [] },
          others: [
            { port: 25, isVulnerable: true },
            { port: 143, isVulnerable: false },
          ],
        },
      },
      then: 'pass',
    },
    {
      given: {
        parity: { own: { port: 587, isVulnerable: true, tries: [] }, others: [{ port: 143, isVulnerable: true }] },
      },
      then: 'pass',
    },
  ],
});
