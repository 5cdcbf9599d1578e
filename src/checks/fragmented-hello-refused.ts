import { fragmentedHello } from '../probes/fragmented-hello.js';
import { defineCheck, fail, inconclusive, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCheck({
  id: 'fragmented-hello-refused',
  title: 'A ClientHello in several TLS records is accepted',
  why: 'TLS lets a client send its hello in as many records as it likes, and programs that get around censorship do so. A server or middlebox that reads one record only refuses them, or waits for ever.',
  references: ['RFC 8446 §5.1', 'RFC 5246 §6.2.1'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'full',
  needs: { hello: fragmentedHello },
  judge: ({ hello: { outcome, detail, whole, at } }) => {
    const proof = at && { text: detail, at };
    if (outcome === 'served') return pass('a ClientHello in records of 64 octets is accepted', { proof });
    if (!whole) return inconclusive(`the same ClientHello in one record is not accepted either (${detail})`, { proof });
    return fail(
      outcome === 'hangs'
        ? 'a ClientHello in records of 64 octets is not answered; in one record it is'
        : `a ClientHello in records of 64 octets is refused (${detail}); in one record it is accepted`,
      { proof },
    );
  },
  remedy: {
    'any server':
      'update it or the TLS proxy or firewall in front of it: it must read records until the ClientHello is whole',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'reads one record only',
    server: {
      answersHello: ({ records }) => (records > 1 ? Buffer.from([21, 3, 3, 0, 2, 2, 50]) : undefined),
    },
    roles: oneOfEachKind,
  },
  covers: ['srv-tls-fragment'],
  examples: [
    { given: { hello: { outcome: 'served', detail: 'TLSv1.3', whole: true } }, then: 'pass' },
    { given: { hello: { outcome: 'refused', detail: 'closed', whole: true } }, then: 'fail' },
    { given: { hello: { outcome: 'hangs', detail: 'no answer', whole: true } }, then: 'fail' },
    { given: { hello: { outcome: 'refused', detail: 'closed', whole: false } }, then: 'inconclusive' },
  ],
});
