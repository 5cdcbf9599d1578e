import { send, type TamperRule } from '../endpoints/tamper.js';
import { commandsBeforeTls } from '../probes/commands-before-tls.js';
import { lastLine } from '../probes/dialogue-facts.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { defineCheck, info, pass, warn } from './check.js';

const tellsUsers: TamperRule = ({ unit, inside, protocol }, next) => {
  if (unit?.kind !== 'command' || unit.verb !== 'VRFY' || inside) return next();
  return [
    unit.args[0] === 'postmaster'
      ? send(protocol.answers.ok(unit, 'postmaster'))
      : send(protocol.answers.refuse(unit, 'no', 'No such user')),
  ];
};

export default defineCheck({
  id: 'users-told-before-tls',
  title: 'A server that demands TLS does not tell before TLS which users exist',
  why: 'Where TLS is demanded, every command but NOOP, EHLO, STARTTLS and QUIT is to be refused before it. VRFY tells a stranger which names to guess passwords for.',
  references: ['RFC 3207 §4', 'RFC 5321 §7.3'],
  cwe: ['CWE-204'],
  severity: 'low',
  intrusiveness: 'standard',
  depth: 'full',
  protocols: protocolsWhere(({ inspection }) => inspection.besides !== undefined),
  modes: ['starttls'],
  needs: { commands: commandsBeforeTls },
  judge: ({ commands: { users, others } }) => {
    const [known = '', unknown = ''] = users.map(({ said }) => said?.code ?? '');
    const proof = lastLine(users[0]);
    // Postfix says 252 of users that exist; 551 is said of those that have moved, 501 of the form of a name.
    if (KNOWN.has(known) && known !== unknown && /^(?:2|55)/.test(unknown))
      return warn(`VRFY tells before TLS which users exist: ${proof?.text ?? ''}`, { proof });
    const answered = [
      ...([known, unknown].some((code) => code.startsWith('2')) ? ['VRFY'] : []),
      ...others.filter(({ answer }) => answer.said?.status === 'ok').map(({ verb }) => verb),
    ];
    return answered.length === 0
      ? pass('before TLS other commands are refused too')
      : info(`before TLS these are answered too, and tell nothing of users: ${answered.join(', ')}`);
  },
  remedy: {
    exim: 'acl_smtp_vrfy = deny',
    'any server': 'refuse VRFY before TLS',
  },
  byHand: 'not with common tools',
  flaw: {
    name: 'tells which users exist',
    server: {
      tamper: { other: tellsUsers, message: tellsUsers },
    },
    then: 'warn',
    onRelay: 'not-applicable',
  },
  covers: ['srv-530-scope'],
  examples: [
    { given: { commands: { users: [answer('530'), answer('530')], others: [] } }, then: 'pass' },
    { given: { commands: { users: [answer('252'), answer('252')], others: [] } }, then: 'info' },
    {
      given: { commands: { users: [answer('530'), answer('530')], others: [{ verb: 'HELP', answer: answer('214') }] } },
      then: 'info',
    },
    { given: { commands: { users: [answer('250'), answer('550')], others: [] } }, then: 'warn' },
    { given: { commands: { users: [answer('250'), answer('250')], others: [] } }, then: 'info' },
    { given: { commands: { users: [answer('252'), answer('550')], others: [] } }, then: 'warn' },
    { given: { commands: { users: [answer('252'), answer('553')], others: [] } }, then: 'warn' },
    { given: { commands: { users: [answer('550'), answer('550')], others: [] } }, then: 'pass' },
    { given: { commands: { users: [answer('252'), answer('501')], others: [] } }, then: 'info' },
    { given: { commands: { users: [answer('250'), answer('501')], others: [] } }, then: 'info' },
    { given: { commands: { users: [answer('252'), answer('451')], others: [] } }, then: 'info' },
    { given: { commands: { users: [answer('551'), answer('550')], others: [] } }, then: 'warn' },
  ],
});

const KNOWN = new Set(['250', '251', '252', '551']);

function answer(code: string): {
  readonly how: 'answered';
  readonly said: { readonly status: 'ok' | 'no'; readonly code: string; readonly lines: readonly { text: string }[] };
} {
  const status = code.startsWith('2') ? 'ok' : 'no';
  return { how: 'answered', said: { status, code, lines: [{ text: code }] } };
}
