import { expect } from 'chai';

import { managesieve } from '../../../src/protocols/managesieve/protocol.js';
import { converse, heads } from '../conversing.js';
import { settingsWith, weakSettings } from '../visit-settings.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const plain = base64('\0ucanary\0pcanary');
const LOGIN = `AUTHENTICATE "PLAIN" "${plain}"\r\n`;

describe('honest ManageSieve server', () => {
  for (const row of [
    { title: 'PLAIN', says: ['AUTHENTICATE "PLAIN"\r\n', `"${plain}"\r\n`], in: true },
    { title: 'PLAIN with an initial response', says: [LOGIN], in: true },
    {
      title: 'PLAIN with literals',
      says: [`AUTHENTICATE "PLAIN" {${String(plain.length)}+}\r\n${plain}\r\n`],
      in: true,
    },
    { title: 'PLAIN, cancelled', says: ['AUTHENTICATE "PLAIN"\r\n', '"*"\r\n'], in: false },
    { title: 'PLAIN, wrong', says: [`AUTHENTICATE "PLAIN" "${base64('\0ucanary\0x')}"\r\n`], in: false },
    {
      title: 'LOGIN',
      says: ['AUTHENTICATE "LOGIN"\r\n', `{8+}\r\n${base64('ucanar')}\r\n`, `"${base64('pcanary')}"\r\n`],
      in: false,
    },
    {
      title: 'LOGIN, right',
      says: ['AUTHENTICATE "LOGIN"\r\n', `"${base64('ucanary')}"\r\n`, `"${base64('pcanary')}"\r\n`],
      in: true,
    },
    {
      title: 'XOAUTH2',
      says: [`AUTHENTICATE "XOAUTH2" "${base64('user=ucanary\x01auth=Bearer tcanary\x01\x01')}"\r\n`],
      in: true,
    },
    { title: 'unknown mechanism', says: ['AUTHENTICATE "GSSAPI"\r\n'], in: false },
  ]) {
    it(`login: ${row.title}`, () => {
      expect(
        converse(managesieve, settingsWith(), ['STARTTLS\r\n', ...row.says]).server.authenticated,
        'inside',
      ).to.equal(row.in);
      expect(converse(managesieve, weakSettings, row.says).server.authenticated, 'outside').to.equal(row.in);
      const strict = converse(managesieve, settingsWith({ ...weakSettings, acceptsLoginOutside: false }), row.says);
      expect(strict.server.authenticated, 'refused outside').to.equal(false);
      expect(strict.replies[1]).to.deep.include({ status: 'no', code: 'ENCRYPT-NEEDED' });
    });
  }

  it('says its capabilities again when TLS has started', () => {
    const said = converse(managesieve, settingsWith(), ['STARTTLS\r\n', 'STARTTLS\r\n', 'LOGOUT\r\n']);
    expect(said.replies.map((reply) => [reply.kind, reply.status])).to.deep.equal([
      ['greeting', 'ok'],
      ['final', 'ok'],
      ['final', 'ok'],
      ['final', 'no'],
      ['final', 'ok'],
    ]);
    expect(said.replies[0]?.lines).to.include('"STARTTLS"').and.to.include('"SASL" ""');
    expect(said.replies[2]?.lines).not.to.include('"STARTTLS"');
    expect(said.replies[2]?.lines).to.include('"SASL" "USER/PASS APOP PLAIN LOGIN CRAM-MD5 XOAUTH2"');
    expect(said.closed).to.equal(true);
  });

  for (const row of [
    { title: 'with an argument', says: ['STARTTLS "x"\r\n'], settings: settingsWith() },
    { title: 'after a login', says: [LOGIN, 'STARTTLS\r\n'], settings: weakSettings },
    {
      title: 'not offered',
      says: ['STARTTLS\r\n'],
      settings: settingsWith({ outside: { upgrade: false, logins: [], loginDisabled: false, extensions: [] } }),
    },
  ]) {
    it(`refuses STARTTLS ${row.title}`, () => {
      expect(heads(converse(managesieve, row.settings, row.says)).at(-1)).to.match(/^NO /);
    });
  }

  const AFTER_LOGIN: readonly { says: string; answer: string }[] = [
    { says: 'LISTSCRIPTS\r\n', answer: '"main" ACTIVE\r\nOK\r\n' },
    { says: 'HAVESPACE "x" 99\r\n', answer: 'OK\r\n' },
    { says: 'PUTSCRIPT "a \\"b" {9+}\r\nkeep;\r\nOK\r\n', answer: 'OK\r\n' },
    { says: 'GETSCRIPT "a \\"b"\r\n', answer: '{9}\r\nkeep;\r\nOK\r\nOK\r\n' },
    { says: 'RENAMESCRIPT "a \\"b" "c"\r\n', answer: 'OK\r\n' },
    { says: 'RENAMESCRIPT "main" "c"\r\n', answer: 'NO (ALREADYEXISTS) "There is such a script"\r\n' },
    { says: 'SETACTIVE "c"\r\n', answer: 'OK\r\n' },
    { says: 'LISTSCRIPTS\r\n', answer: '"main"\r\n"c" ACTIVE\r\nOK\r\n' },
    { says: 'DELETESCRIPT "c"\r\n', answer: 'NO (ACTIVE) "The active script stays"\r\n' },
    { says: 'SETACTIVE ""\r\n', answer: 'OK\r\n' },
    { says: 'DELETESCRIPT "c"\r\n', answer: 'OK\r\n' },
    { says: 'GETSCRIPT "c"\r\n', answer: 'NO (NONEXISTENT) "There is no such script"\r\n' },
    { says: 'CHECKSCRIPT "keep;"\r\n', answer: 'OK\r\n' },
    { says: 'PUTSCRIPT "x"\r\n', answer: 'NO "PUTSCRIPT takes 2 arguments"\r\n' },
    { says: 'NOOP "STARTTLS-SYNC-42"\r\n', answer: 'OK (TAG "STARTTLS-SYNC-42") "Done"\r\n' },
    { says: 'NOOP {4+}\r\na\r\nb\r\n', answer: 'OK (TAG {4}\r\na\r\nb) "Done"\r\n' },
    { says: 'XYZZY\r\n', answer: 'NO "Unknown command"\r\n' },
    { says: 'UNAUTHENTICATE\r\n', answer: 'OK\r\n' },
    { says: 'LISTSCRIPTS\r\n', answer: 'NO "Authenticate first"\r\n' },
  ];

  it('keeps scripts', () => {
    const said = converse(managesieve, weakSettings, [LOGIN, ...AFTER_LOGIN.map(({ says }) => says)]);
    const answers = said.replies
      .slice(2)
      .map(({ raw }, index) => ({ says: AFTER_LOGIN[index]?.says, answer: raw.toString('latin1') }));
    expect(answers).to.deep.equal(AFTER_LOGIN);
  });

  it('has a script with the canary of the visit', () => {
    const said = converse(managesieve, weakSettings, [LOGIN, 'GETSCRIPT "main"\r\n']);
    expect(said.replies.at(-1)?.raw.toString()).to.include('bcanary');
  });
});
