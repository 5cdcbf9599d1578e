import { expect } from 'chai';

import { managesieve } from '../../src/protocols/managesieve/protocol.js';
import { pop3 } from '../../src/protocols/pop3/protocol.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { smtp } from '../../src/protocols/smtp/protocol.js';
import { account } from './visit-settings.js';

describe('what clients and servers say', () => {
  const logins: readonly { protocol: Protocol; mechanism: string; initial?: string; says: string }[] = [
    { protocol: smtp, mechanism: 'PLAIN', says: 'AUTH PLAIN\r\n' },
    { protocol: smtp, mechanism: 'PLAIN', initial: 'eA==', says: 'AUTH PLAIN eA==\r\n' },
    { protocol: smtp, mechanism: 'EXTERNAL', initial: '', says: 'AUTH EXTERNAL =\r\n' },
    { protocol: pop3, mechanism: 'USER/PASS', says: 'USER ucanary\r\n' },
    { protocol: pop3, mechanism: 'PASS', says: 'PASS pcanary\r\n' },
    { protocol: pop3, mechanism: 'APOP', initial: '0123', says: 'APOP ucanary 0123\r\n' },
    { protocol: pop3, mechanism: 'LOGIN', says: 'AUTH LOGIN\r\n' },
    { protocol: pop3, mechanism: 'EXTERNAL', initial: '', says: 'AUTH EXTERNAL =\r\n' },
    { protocol: managesieve, mechanism: 'PLAIN', says: 'AUTHENTICATE "PLAIN"\r\n' },
    { protocol: managesieve, mechanism: 'PLAIN', initial: 'eA==', says: 'AUTHENTICATE "PLAIN" "eA=="\r\n' },
    {
      protocol: managesieve,
      mechanism: 'PLAIN',
      initial: 'x'.repeat(1028),
      says: `AUTHENTICATE "PLAIN" {1028+}\r\n${'x'.repeat(1028)}\r\n`,
    },
  ];
  for (const { protocol, mechanism, initial, says } of logins) {
    it(`${protocol.name}: ${mechanism}${initial === undefined ? '' : ` with ${initial.slice(0, 8)}`}`, () => {
      expect(protocol.say.login('', mechanism, account, initial).toString()).to.equal(says);
    });
  }

  for (const protocol of [smtp, pop3, managesieve]) {
    it(`${protocol.name}: answers mean what they say`, () => {
      const read = (bytes: Buffer): string | undefined => {
        const reply = protocol.readReply(bytes, { first: false });
        return reply?.length === bytes.length ? reply.value.status : undefined;
      };
      const { answers } = protocol;
      expect(read(answers.ok(undefined, 'fine'))).to.equal('ok');
      expect(read(answers.goAhead(undefined))).to.equal('ok');
      for (const status of ['no', 'try-later', 'bad'] as const)
        expect(read(answers.refuse(undefined, status, 'x "y"')), status).to.be.oneOf(['no', 'bad']);
      expect(read(answers.refuse(undefined, 'bye', 'x'))).to.equal(protocol === pop3 ? 'no' : 'bye');
      const login = protocol.readCommand(protocol.say.login('', 'PLAIN', account), 0)?.value;
      if (login?.kind !== 'command') throw new Error('no command');
      expect(protocol.readReply(answers.challenge('eA=='), { first: false, outstanding: login })?.value).to.include({
        kind: 'continuation',
        challenge: 'eA==',
      });
      for (const bytes of [
        protocol.say.capabilities('', 'me'),
        protocol.say.upgrade(''),
        protocol.say.quit(''),
        protocol.say.noop(''),
      ]) {
        const command = protocol.readCommand(bytes, 0);
        expect(command).to.have.property('length', bytes.length);
        expect(command?.value).to.have.property('kind', 'command');
      }
    });
  }
});
