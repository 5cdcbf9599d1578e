import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { controlFacts } from '../../src/verdict/control.js';
import { leaks } from '../../src/verdict/evidence.js';
import { canaries, visitOf } from './visits.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what real clients say, as verdicts understand it', () => {
  describe('inside TLS with a peer that cannot be verified', () => {
    const rows = [
      { client: 'getmail, which resets and closes', script: ['C: RSET'], trusts: false },
      { client: 'one that says QUIT', script: ['C: QUIT'], trusts: false },
      { client: 'one that resets and goes on', script: ['C: RSET', 'S: -ERR Log in first', 'C: STAT'], trusts: true },
      { client: 'one that asks for capabilities', script: ['C: CAPA'], trusts: true },
    ];
    for (const { client, script, trusts } of rows) {
      it(`${client} ${trusts ? 'has trusted it' : 'has refused it'}`, () => {
        const found = leaks(visitOf('pop3', ['--bad', 'S: +OK ready', ...script], { tls: 'implicit' }));
        expect(found.map((each) => each.leak)).to.deep.equal(trusts ? ['trust'] : []);
      });
    }
  });

  describe('a right CRAM-MD5 answer in ManageSieve passes the control', () => {
    const answer = base64(
      `${canaries.user} ${createHmac('md5', canaries.password).update('<1@lab.test>').digest('hex')}`,
    );
    const rows = [
      { form: 'a quoted string', said: [`C: "${answer}"`] },
      { form: 'a literal', said: [`C: {${String(answer.length)}+}`, `C: ${answer}`] },
    ];
    for (const { form, said } of rows) {
      it(`as ${form}`, () => {
        const visit = visitOf('managesieve', [
          'S: OK',
          'C: STARTTLS',
          'S: OK',
          '--',
          'S: "SASL" "CRAM-MD5"',
          'S: OK',
          'C: AUTHENTICATE "CRAM-MD5"',
          `S: "${base64('<1@lab.test>')}"`,
          ...said,
          'S: OK',
          'C: LOGOUT',
        ]);
        expect(controlFacts(visit).why).to.equal(undefined);
      });
    }
  });

  it('a positive SMTP reply to anything but EHLO takes no offer back', () => {
    const script = [
      'S: 220 ready',
      'C: EHLO x',
      'S: 250-lab',
      'S: 250-STARTTLS',
      'S: 250 AUTH PLAIN',
      'C: NOOP',
      'S: 250 Ok',
      `C: AUTH PLAIN ${base64(`\0${canaries.user}\0${canaries.password}`)}`,
    ];
    expect(leaks(visitOf('smtp', script)).map((each) => each.cause)).to.deep.equal(['on-offer']);
  });

  describe('the reason of a control that did not pass quotes the line that tells most', () => {
    const rows = [
      {
        output:
          'fetchmail: WARNING: Running as root is discouraged.\nfetchmail: Authorization failure on x@localhost\nfetchmail: Query status=3',
        told: 'Authorization failure',
      },
      {
        output: 'Traceback (most recent call last):\n  File "x", line 1\nssl.SSLCertVerificationError: self-signed',
        told: 'self-signed',
      },
      { output: 'one line', told: 'one line' },
    ];
    for (const { output, told } of rows) {
      it(told, () => {
        const { why } = controlFacts(
          visitOf('imap', [], {
            connections: [],
            client: { how: 'ended', code: 1, stdout: '', stderr: output, duration: 1 },
          }),
        );
        expect(why).to.include(told);
      });
    }
  });
});
