import { largeHellos } from '../probes/large-hellos.js';
import { defineCheck } from './check.js';
import { judgeLargeHellos } from './large-hello-hangs.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'very-large-hello-hangs',
  title: 'A ClientHello of 4 kB is accepted, in one TCP segment and in two',
  why: 'The ClientHello keeps growing: with several post-quantum keys, ECH and session tickets it reaches several kilobytes. A server or middlebox whose limit is just above today’s sizes will hang or refuse tomorrow.',
  references: ['RFC 8446 §5.1', 'RFC 7685'],
  severity: 'medium',
  intrusiveness: 'passive',
  depth: 'full',
  needs: { hellos: largeHellos },
  judge: ({ hellos }) => judgeLargeHellos(hellos),
  remedy: {
    'any server':
      'update it or the TLS proxy, firewall or load balancer in front of it: it must read until the ClientHello is whole',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'refuses a ClientHello above 3 kB',
    server: { answersHello: (_hello, length) => (length > 3000 ? Buffer.from([21, 3, 3, 0, 2, 2, 47]) : undefined) },
    roles: oneOfEachKind,
  },
  covers: ['srv-big-hello'],
  examples: [
    {
      given: { hellos: { trials: [{ hello: '4 kB', outcome: 'served', detail: 'TLSv1.3' }], small: 'served' } },
      then: 'pass',
    },
    {
      given: { hellos: { trials: [{ hello: '4 kB', outcome: 'hangs', detail: 'no answer' }], small: 'served' } },
      then: 'fail',
    },
  ],
});
