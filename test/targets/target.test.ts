import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { candidates } from '../../src/audit/plan.js';
import { parseTarget, parseTargets } from '../../src/targets/target.js';

describe('audit targets', () => {
  const good = [
    ['mail.example.org', { host: 'mail.example.org' }],
    ['MAIL.example.org.', { host: 'mail.example.org' }],
    ['münchen.example', { host: 'xn--mnchen-3ya.example' }],
    ['192.0.2.1', { host: '192.0.2.1' }],
    ['::1', { host: '::1' }],
    ['[::1]', { host: '::1' }],
    ['[::1]:993', { host: '::1', port: 993 }],
    ['host:143', { host: 'host', port: 143 }],
    ['imaps://host', { host: 'host', role: 'imaps' }],
    ['IMAPS://Host/', { host: 'host', role: 'imaps' }],
    ['submission://host:5587', { host: 'host', role: 'submission', port: 5587 }],
    ['smtps://host', { host: 'host', role: 'submissions' }],
    ['sieve://[::1]:4190', { host: '::1', role: 'sieve', port: 4190 }],
    ['smtp://192.0.2.1', { host: '192.0.2.1', role: 'smtp' }],
  ] as const;
  for (const [text, target] of good) {
    it(`reads ${text}`, () => {
      expect(parseTarget(text)).to.deep.equal({ text, ...target });
    });
  }

  const bad = [
    ['', /host is missing/],
    ['imap://', /host is missing/],
    ['imsp://host', /did you mean imaps?\?.*smtp, smtps, submission/],
    ['pop://host', /did you mean pop3\?/],
    ['ftp://host', /unsupported scheme ftp; supported: smtp/],
    ['imap://user@host', /account is never part/],
    ['imap://host/INBOX', /remove \/INBOX/],
    ['someone@example.org', /mail address/],
    ['host:', /not a port/],
    ['host:0', /not a port/],
    ['host:65536', /not a port/],
    ['host:imap', /not a port/],
    ['[::1', /colons/],
    ['[host]:143', /not an IPv6 address/],
    ['a b', /neither a host name nor an address/],
    ['-x.example', /neither/],
    ['a..b', /neither/],
    ['host;rm', /neither/],
    ['$(id)', /neither/],
  ] as const;
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseTarget(text))
        .to.throw(Fault, message)
        .with.property('code', 'BAD_USAGE');
    });
  }

  for (const text of [
    'imap://bob:hunter2@host',
    'imap://bob:hun@ter2@host',
    'bob:hunter2@host',
    'imsp://bob:hunter2@host',
  ])
    it(`does not repeat the password of ${text}`, () => {
      expect(() => parseTarget(text))
        .to.throw(Fault, /invalid target/)
        .with.property('message')
        .that.does.not.match(/hun|ter2/);
    });

  it('reads a list with comments', () => {
    expect(
      parseTargets('# servers\r\nmail.example.org\n\n  imaps://host  # the other one\n').items.map(({ text }) => text),
    ).to.deep.equal(['mail.example.org', 'imaps://host']);
  });

  const meanings = [
    [
      'mail.example.org',
      ['smtp 25', 'submission 587', 'submissions 465', 'imap 143', 'imaps 993', 'pop3 110', 'pop3s 995', 'sieve 4190'],
      true,
    ],
    ['host:143', ['imap 143'], false],
    ['host:2525', ['submission 2525'], false],
    ['host:12345', ['unknown 12345'], undefined],
    ['imap://host:993', ['imap 993'], false],
  ] as const;
  for (const [text, listeners, optional] of meanings) {
    it(`takes ${text} for ${listeners.join(', ')}`, () => {
      const found = candidates(parseTarget(text), '192.0.2.1');
      expect(
        found.map((each) =>
          each.kind === 'unknown'
            ? `unknown ${String(each.port)}`
            : `${each.listener.role} ${String(each.listener.port)}`,
        ),
      ).to.deep.equal(listeners);
      for (const each of found) if (each.kind === 'listener') expect(each.optional).to.equal(optional);
    });
  }
});
