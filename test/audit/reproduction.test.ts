import { expect } from 'chai';
import { judgementOf } from '../../src/checks/check.js';
import checks from '../../src/checks/index.js';
import type { Listener } from '../../src/probes/listener.js';
import { byHand, reproduction } from '../../src/audit/reproduction.js';

const check = (id: string): (typeof checks)[number] => {
  const found = checks.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
};

const imap: Listener = {
  host: 'mail.example.org',
  address: '192.0.2.1',
  port: 143,
  role: 'imap',
  protocol: 'imap',
  tls: 'starttls',
};
const imaps: Listener = {
  host: '2001:db8::1',
  address: '2001:db8::1',
  port: 993,
  role: 'imaps',
  protocol: 'imap',
  tls: 'implicit',
};

describe('reproduction lines', () => {
  it('name the check and the listener', () => {
    expect(reproduction({ id: 'tls-1-0-accepted' }, imap, ['--ca', 'ca.pem'])).to.deep.equal([
      'waxseal',
      'audit',
      'imap://mail.example.org:143',
      '--check',
      'tls-1-0-accepted',
      '--ca',
      'ca.pem',
    ]);
    expect(reproduction({ id: 'x' }, imaps, [])[2]).to.equal('imaps://[2001:db8::1]:993');
  });

  const rows = [
    [
      'login-accepted-before-tls',
      imap,
      "(sleep 1; printf 'a CAPABILITY\\r\\nc AUTHENTICATE PLAIN\\r\\n*\\r\\nz LOGOUT\\r\\n'; sleep 2) | curl -sN telnet://192.0.2.1:143",
    ],
    [
      'tls-1-0-accepted',
      imap,
      'openssl s_client -connect 192.0.2.1:143 -starttls imap -servername mail.example.org -tls1 -cipher DEFAULT:@SECLEVEL=0 </dev/null',
    ],
    [
      'tls-1-0-accepted',
      imaps,
      "openssl s_client -connect '[2001:db8::1]:993' -servername mail.example.org -tls1 -cipher DEFAULT:@SECLEVEL=0 </dev/null",
    ],
    [
      'certificate-weak-key',
      imaps,
      "openssl s_client -connect '[2001:db8::1]:993' -servername mail.example.org </dev/null",
    ],
  ] as const;
  for (const [id, listener, line] of rows) {
    it(`by hand: ${line}`, () => {
      expect(byHand(check(id), listener, 'mail.example.org')).to.equal(line);
    });
  }

  // The usual mechanism was refused here: what is typed is what the server took.
  for (const [role, protocol, mechanism, words] of [
    ['imap', 'imap', 'LOGIN command', 'a CAPABILITY\\r\\nc LOGIN "nobody" "secret"\\r\\nz LOGOUT'],
    ['imap', 'imap', 'LOGIN', 'a CAPABILITY\\r\\nc AUTHENTICATE LOGIN\\r\\n*\\r\\nz LOGOUT'],
    ['submission', 'smtp', 'LOGIN', 'EHLO me.invalid\\r\\nAUTH LOGIN\\r\\n*\\r\\nQUIT'],
    [
      'submission',
      'smtp',
      'PLAIN with an initial response',
      'EHLO me.invalid\\r\\nAUTH PLAIN AG5vYm9keQBzZWNyZXQ=\\r\\nQUIT',
    ],
    ['pop3', 'pop3', 'USER/PASS', 'CAPA\\r\\nUSER nobody\\r\\nQUIT'],
    ['pop3', 'pop3', 'PLAIN', 'CAPA\\r\\nAUTH PLAIN\\r\\n*\\r\\nQUIT'],
  ] as const) {
    it(`by hand, ${mechanism} was accepted in ${protocol}: ${words}`, () => {
      const listener = { ...imap, role, protocol };
      const facts = { login: { tried: true, mechanism, outcome: 'judged', answer: { status: 'no', lines: [] } } };
      const finding = judgementOf(check('login-accepted-before-tls'), facts, listener);
      expect(byHand(finding, listener, 'mail.example.org')).to.equal(
        `(sleep 1; printf '${words}\\r\\n'; sleep 2) | curl -sN telnet://192.0.2.1:143`,
      );
    });
  }

  it('by hand, TLS that begins and then says nothing: something is asked inside it', () => {
    const answer = { how: 'answered', said: { status: 'ok', lines: [] } };
    const upgrade = { answer, handshake: { completed: true }, answeredInside: false };
    const finding = judgementOf(check('starttls-unusable'), { upgrade }, imap);
    expect(byHand(finding, imap, 'mail.example.org')).to.equal(
      "(sleep 1; printf 'a CAPABILITY\\r\\nz LOGOUT\\r\\n'; sleep 2) | openssl s_client -connect 192.0.2.1:143 -starttls imap -quiet",
    );
  });

  for (const each of checks) {
    if (each.byHand === 'not with common tools') continue;
    it(`${each.id} has a line for every protocol`, () => {
      for (const protocol of each.protocols ?? (['smtp', 'imap', 'pop3', 'managesieve'] as const)) {
        expect(byHand(each, { ...imap, protocol }, 'mail.example.org')).to.match(
          /^\(sleep 1; printf '[^']+'; sleep 2\) \| (?:curl -sN telnet:\/\/|openssl s_client )|^sleep 2 \| openssl s_client |^openssl s_client /,
        );
      }
    });
  }
});
