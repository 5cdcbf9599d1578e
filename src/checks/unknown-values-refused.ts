import { modernHello } from '../probes/large-hellos.js';
import { isGrease } from '../tls/registries.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';

export default defineCheck({
  id: 'unknown-values-refused',
  title: 'Unknown versions, suites, groups and extensions are ignored',
  why: 'Clients put reserved values into their ClientHello (GREASE), which servers must ignore. A server that refuses unknown values refuses these clients today, and every new version of TLS later.',
  references: ['RFC 8701', 'RFC 8446 §9.3'],
  severity: 'medium',
  intrusiveness: 'passive',
  needs: { hellos: modernHello },
  judge: ({ hellos: { trials, small } }) => {
    if (small !== 'served') return inconclusive(`a small, old-style ClientHello is not accepted either (${small})`);
    const greased = trials.filter(({ hello }) => hello.includes('GREASE'));
    const trial = greased.find(({ hello }) => !hello.includes('kB')) ?? greased[0];
    const proof = trial?.at && { text: trial.detail, at: trial.at };
    return trial === undefined || trial.outcome === 'served'
      ? pass('a ClientHello with reserved values (GREASE) is accepted', { proof })
      : fail(
          `a ClientHello with reserved values (GREASE) ${trial.outcome === 'hangs' ? 'is not answered' : `is refused (${trial.detail})`}; the same without them is accepted`,
          { proof },
        );
  },
  remedy: { 'any server': 'update it, its TLS library, or the TLS proxy in front of it' },
  byHand: 'not with common tools',
  flaw: {
    name: 'refuses what it does not know',
    server: { refusesHello: ({ cipherSuites }) => cipherSuites.some(isGrease) },
  },
  covers: ['srv-tls-version-intolerance'],
  examples: [
    {
      given: {
        hellos: { trials: [{ hello: 'GREASE, 1.7 kB', outcome: 'served', detail: 'TLSv1.3' }], small: 'served' },
      },
      then: 'pass',
    },
    {
      given: {
        hellos: {
          trials: [
            { hello: 'GREASE, 1.7 kB', outcome: 'refused', detail: 'closed' },
            { hello: 'GREASE, small', outcome: 'refused', detail: 'closed' },
          ],
          small: 'served',
        },
      },
      then: 'fail',
    },
    {
      given: {
        hellos: {
          trials: [
            { hello: 'GREASE, 1.7 kB', outcome: 'hangs', detail: 'no answer' },
            { hello: 'GREASE, small', outcome: 'served', detail: 'TLSv1.3' },
          ],
          small: 'served',
        },
      },
      then: 'pass',
    },
    {
      given: { hellos: { trials: [{ hello: 'GREASE', outcome: 'refused', detail: 'closed' }], small: 'refused' } },
      then: 'inconclusive',
    },
  ],
});
