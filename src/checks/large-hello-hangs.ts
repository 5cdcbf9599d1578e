import { modernHello, type HelloTrial, type LargeHelloFacts } from '../probes/large-hellos.js';
import { defineCheck, fail, inconclusive, pass, type Finding } from './check.js';
import { usersPort } from './subjects.js';

/** What became of the hellos with hybrid post-quantum groups. */
export const judgeLargeHellos = ({ trials, small }: LargeHelloFacts): Finding => {
  const [first] = trials;
  if (small !== 'served') return inconclusive(`a small, old-style ClientHello is not accepted either (${small})`);
  const large = trials.filter(({ hello }) => hello.includes('kB'));
  const proofOf = ({ hello, detail, at }: HelloTrial): Pick<Finding, 'proof'> =>
    at === undefined ? {} : { proof: { text: `${hello}: ${detail}`, at } };
  // With GREASE refused, what is left of the first hello counts.
  const counted = large.some(({ hello }) => !hello.includes('GREASE'))
    ? large.filter(({ hello }) => !hello.includes('GREASE'))
    : large;
  const hanging = counted.find(({ outcome }) => outcome === 'hangs');
  if (hanging !== undefined)
    return fail(
      `a modern client’s ClientHello is not answered (${hanging.hello}); a small one is accepted`,
      proofOf(hanging),
    );
  const refused = counted.find(({ outcome }) => outcome === 'refused');
  if (refused !== undefined)
    return fail(
      `a modern client’s ClientHello is refused (${refused.hello}: ${refused.detail}); a small one is accepted`,
      {
        severity: 'medium',
        ...proofOf(refused),
      },
    );
  return pass(
    `modern ClientHellos are accepted (${counted.map(({ hello }) => hello).join('; ')})`,
    first === undefined ? {} : proofOf(first),
  );
};

export default defineCheck({
  id: 'large-hello-hangs',
  title: 'A ClientHello longer than one TCP segment is accepted',
  why: 'The ClientHello of a modern client has a post-quantum key and needs two TCP segments. If a server or middlebox waits for the rest in vain, or takes the first segment for all, these clients cannot connect: mail waits, and no message says why.',
  references: ['RFC 8446 §5.1', 'RFC 9325 §3.2', 'https://tldr.fail'],
  severity: 'high',
  intrusiveness: 'passive',
  needs: { hellos: modernHello },
  judge: ({ hellos }) => judgeLargeHellos(hellos),
  remedy: {
    'any server':
      'update it or the TLS proxy, firewall or load balancer in front of it: it must read until the ClientHello is whole',
  },
  byHand: 'not with common tools',
  flaw: [
    {
      name: 'waits for a second segment in vain',
      server: { answersHello: (_hello, length) => (length > ONE_SEGMENT ? 'silence' : undefined) },
      roles: [usersPort.role],
    },
    {
      name: 'takes the first segment for the whole ClientHello',
      server: { answersHello: (_hello, length) => (length > ONE_SEGMENT ? ALERT_DECODE_ERROR : undefined) },
    },
  ],
  covers: ['srv-big-hello'],
  examples: [
    {
      given: { hellos: { trials: [{ hello: '1.7 kB', outcome: 'served', detail: 'TLSv1.3' }], small: 'served' } },
      then: 'pass',
    },
    {
      given: { hellos: { trials: [{ hello: '1.7 kB', outcome: 'hangs', detail: 'no answer' }], small: 'served' } },
      then: 'fail',
    },
    {
      given: { hellos: { trials: [{ hello: '1.7 kB', outcome: 'refused', detail: 'closed' }], small: 'served' } },
      then: 'fail',
      severity: 'medium',
    },
    {
      given: {
        hellos: {
          trials: [
            { hello: '1.7 kB, GREASE', outcome: 'refused', detail: 'closed' },
            { hello: 'GREASE, small', outcome: 'refused', detail: 'closed' },
            { hello: '1.7 kB in two segments', outcome: 'served', detail: 'TLSv1.3' },
          ],
          small: 'served',
        },
      },
      then: 'pass',
    },
    {
      given: { hellos: { trials: [{ hello: '1.7 kB', outcome: 'hangs', detail: 'no answer' }], small: 'hangs' } },
      then: 'inconclusive',
    },
  ],
});

/** Octets that fit into one on most paths. */
const ONE_SEGMENT = 1400;

/** A fatal alert in its record (RFC 8446 §6.2). */
const ALERT_DECODE_ERROR = Buffer.from([21, 3, 3, 0, 2, 2, 50]);
