import { send } from '../endpoints/tamper.js';
import { insideOffer } from '../probes/offers.js';
import { saysNothing } from './by-hand.js';
import { defineCheck, fail, pass } from './check.js';

export default defineCheck({
  id: 'speaks-unasked-inside-tls',
  title: 'After STARTTLS the server waits for the client',
  why: 'A client takes what comes unasked for the answer to its first command, and every answer after it for the one before.',
  references: ['RFC 3207 §4.2', 'RFC 9051 §6.2.1', 'RFC 2595 §4'],
  severity: 'low',
  intrusiveness: 'passive',
  modes: ['starttls'],
  depth: 'quick',
  needs: { inside: insideOffer },
  judge: ({ inside: { unasked } }) => {
    const [first] = unasked;
    return first === undefined
      ? pass('nothing comes unasked inside TLS')
      : fail(`the server speaks inside TLS before it is asked: ${first.text}`, { proof: first });
  },
  remedy: {
    'any server':
      'if a proxy ends TLS, the server behind it greets a second time: let the proxy pass the connection on instead',
  },
  byHand: { inside: saysNothing },
  flaw: {
    name: 'greets again inside TLS',
    server: {
      tamper: { insideTls: ({ protocol }, next) => [...next(), send(protocol.answers.ok(undefined, 'hello again'))] },
    },
  },
  covers: ['srv-speaks-inside'],
  examples: [
    { given: { inside: { unasked: [] } }, then: 'pass' },
    { given: { inside: { unasked: [{ text: '220 hello again' }] } }, then: 'fail' },
  ],
});
