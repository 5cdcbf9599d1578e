import { modernHello } from '../probes/large-hellos.js';
import { defineCheck, inconclusive, info, pass } from './check.js';

export default defineCheck({
  id: 'post-quantum-missing',
  title: 'A hybrid post-quantum group is used where the client has one',
  why: 'Mail that is recorded today can be read once there are quantum computers, unless its keys were agreed on by a hybrid group.',
  references: ['draft-ietf-tls-ecdhe-mlkem', 'FIPS 203'],
  severity: 'info',
  intrusiveness: 'passive',
  needs: { hellos: modernHello },
  judge: ({ hellos: { trials } }) => {
    const served = trials.find(({ outcome }) => outcome === 'served');
    if (served === undefined) return inconclusive('no ClientHello with a hybrid group is accepted');
    const { group = 'not visible', detail, at } = served;
    const proof = at && { text: `${detail}, ${group}`, at };
    return group.includes('MLKEM')
      ? pass(`a client with X25519MLKEM768 gets ${group}`, { proof })
      : info(`a client with X25519MLKEM768 gets ${detail} with another group (${group})`, { proof });
  },
  remedy: { 'any server': 'OpenSSL 3.5, GnuTLS 3.8.9 with leancrypto, or later: they have X25519MLKEM768 by default' },
  byHand: 'not with common tools',
  flaw: { name: 'knows no hybrid group', server: { groups: 'X25519:P-256' }, then: 'info' },
  covers: ['srv-tls-pq-x25519mlkem768'],
  examples: [
    {
      given: { hellos: { trials: [{ outcome: 'served', detail: 'TLSv1.3', group: 'X25519MLKEM768' }] } },
      then: 'pass',
    },
    { given: { hellos: { trials: [{ outcome: 'served', detail: 'TLSv1.3', group: 'x25519' }] } }, then: 'info' },
    { given: { hellos: { trials: [{ outcome: 'served', detail: 'TLSv1.2' }] } }, then: 'info' },
    { given: { hellos: { trials: [{ outcome: 'hangs', detail: 'no answer' }] } }, then: 'inconclusive' },
  ],
});
