import { send } from '../endpoints/tamper.js';
import { helloNames } from '../probes/hello-names.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { defineCheck, info, pass } from './check.js';

export default defineCheck({
  id: 'hello-name-refused',
  title: 'EHLO is accepted under names of every kind',
  why: 'Many clients send a name that cannot be looked up, or that has no dot. A server that refuses such a name rejects these clients before TLS and login; it should refuse their mail instead.',
  references: ['RFC 5321 §4.1.4'],
  severity: 'info',
  intrusiveness: 'standard',
  depth: 'full',
  protocols: protocolsWhere(({ helloVerb }) => helloVerb !== undefined),
  modes: ['starttls'],
  needs: { names: helloNames },
  judge: ({ names: { refused, accepted } }) => {
    const [first] = refused;
    return first === undefined
      ? pass(`accepted: ${accepted.join(', ')}`)
      : info(`EHLO ${first.name} is refused: ${first.line.text}; accepted: ${accepted.join(', ')}`, {
          proof: first.line,
        });
  },
  remedy: {
    postfix: 'smtpd_delay_reject = yes (the default)',
    exim: 'helo_accept_junk_hosts = *, and no helo_verify_hosts',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'accepts no name without a dot',
    server: {
      tamper: {
        capabilities: ({ protocol, unit, inside }, next) =>
          !inside && unit?.kind === 'command' && unit.args[0] === 'waxseal'
            ? [send(protocol.answers.refuse(unit, 'no', 'Invalid name'))]
            : next(),
      },
    },
    then: 'info',
  },
  covers: ['srv-ehlo-name'],
  examples: [
    { given: { names: { refused: [], accepted: ['[192.0.2.1]', 'waxseal'] } }, then: 'pass' },
    {
      given: { names: { refused: [{ name: 'waxseal', line: { text: '550 Invalid name' } }], accepted: ['a.invalid'] } },
      then: 'info',
    },
  ],
});
