import { send, upgrade as startTls } from '../endpoints/tamper.js';
import { upgrade } from '../probes/offers.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { asksUpgrade } from './by-hand.js';
import { defineCheck, fail, notApplicable, pass } from './check.js';

export default defineCheck({
  id: 'capabilities-in-go-ahead',
  title: 'The go-ahead for TLS carries no capability list',
  why: 'The go-ahead comes in clear, and anybody on the path can write it: a client that goes by such a list inside TLS may go by an attacker’s.',
  references: ['RFC 9051 §6.2.1', 'RFC 9051 §7.1'],
  severity: 'low',
  intrusiveness: 'passive',
  depth: 'quick',
  protocols: protocolsWhere(({ tagged }) => tagged),
  modes: ['starttls'],
  needs: { upgrade },
  judge: ({ upgrade: { answer } }) => {
    if (answer.said?.status !== 'ok') return notApplicable('there was no go-ahead for TLS');
    const line = answer.said.lines.find(({ text }) => /\[CAPABILITY /i.test(text));
    return line === undefined
      ? pass('no list in the go-ahead')
      : fail(`the go-ahead carries a capability list: ${line.text}`, { proof: line });
  },
  remedy: { 'any server': 'update it: capabilities are asked for again inside TLS' },
  byHand: { say: asksUpgrade },
  flaw: {
    name: 'lists its capabilities in the go-ahead',
    server: {
      tamper: {
        starttls: ({ protocol, unit, inside }, next) =>
          inside
            ? next()
            : [
                send(
                  protocol.answers.ok(
                    unit?.kind === 'command' ? unit : undefined,
                    '[CAPABILITY IMAP4rev1 AUTH=PLAIN] go',
                  ),
                ),
                startTls(),
              ],
      },
    },
  },
  covers: ['srv-caps-in-ok'],
  examples: [
    { given: { upgrade: { answer: { said: { status: 'ok', lines: [{ text: 'a OK go' }] } } } }, then: 'pass' },
    {
      given: { upgrade: { answer: { said: { status: 'ok', lines: [{ text: 'a OK [CAPABILITY IMAP4rev1] go' }] } } } },
      then: 'fail',
    },
    { given: { upgrade: { answer: { said: { status: 'no', lines: [{ text: 'a NO' }] } } } }, then: 'not-applicable' },
  ],
});
