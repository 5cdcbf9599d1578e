import { plaintextList } from '../probes/offers.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { asksCapabilities } from './by-hand.js';
import { defineCheck, fail, pass } from './check.js';

export default defineCheck({
  id: 'requiretls-offered-before-tls',
  title: 'REQUIRETLS is offered inside TLS only',
  why: 'A client that uses it in clear hands over a message of which its sender demanded that it travels inside TLS.',
  references: ['RFC 8689 §2'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'quick',
  protocols: protocolsWhere(({ inspection }) => inspection.transaction !== undefined),
  modes: ['starttls'],
  needs: { outside: plaintextList },
  judge: ({ outside: { offer, list } }) => {
    const isOffered = offer.extensions.some((word) => /^REQUIRETLS$/i.test(word));
    const proof = list.find(({ text }) => /\bREQUIRETLS\b/i.test(text));
    return isOffered ? fail('REQUIRETLS is listed before TLS', { proof }) : pass('REQUIRETLS is not listed before TLS');
  },
  remedy: {
    'any server': 'update it, or turn REQUIRETLS off',
  },
  byHand: { say: asksCapabilities },
  flaw: {
    name: 'lists REQUIRETLS before TLS',
    server: {
      settings: (honest) => ({
        ...honest,
        outside: { ...honest.outside, extensions: [...honest.outside.extensions, 'REQUIRETLS'] },
      }),
    },
  },
  covers: ['srv-requiretls'],
  examples: [
    { given: { outside: { offer: { extensions: ['SIZE 1'] }, list: [] } }, then: 'pass' },
    { given: { outside: { offer: { extensions: ['REQUIRETLS'] }, list: [{ text: '250 REQUIRETLS' }] } }, then: 'fail' },
  ],
});
