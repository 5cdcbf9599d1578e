import { expect } from 'chai';
import { remedyFor, wantedRemedies } from '../../src/audit/remedy.js';
import { judgementOf } from '../../src/checks/check.js';
import checks from '../../src/checks/index.js';
import labDaemons from '../../src/lab/daemons/index.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';

const remedy = {
  'any server': 'a',
  'postfix 3.6 and later': 'b',
  'dovecot 2.3': 'c',
  'exim with GnuTLS (Debian)': 'd',
  aiosmtpd: 'e',
};

describe('a remedy', () => {
  const rows: readonly (readonly [protocol: ProtocolName, greeting: string, keys: readonly string[]])[] = [
    ['smtp', '220 mail.example ESMTP Postfix (Debian/GNU)', ['any server', 'postfix 3.6 and later']],
    ['imap', '* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready.', ['any server', 'dovecot 2.3']],
    ['smtp', '220 mail.example Dovecot ready.', ['any server', 'dovecot 2.3']],
    ['smtp', '220 mail.example ESMTP Exim 4.96', ['any server', 'exim with GnuTLS (Debian)']],
    ['smtp', '220 mail.example Python SMTP 1.4.3', ['any server', 'aiosmtpd']],
    ['smtp', '220 mail.example ESMTP OpenSMTPD', ['any server']],
    ['imap', '* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready.', ['any server']],
    ['smtp', '220 mail.example', Object.keys(remedy)],
    ['smtp', '', Object.keys(remedy)],
    ['pop3', '+OK ready', ['any server', 'dovecot 2.3']],
  ];
  for (const [protocol, greeting, keys] of rows) {
    it(`for ${protocol}, ${JSON.stringify(greeting)}: ${keys.join(', ')}`, () => {
      expect(Object.keys(remedyFor(remedy, [greeting], protocol))).to.deep.equal(keys);
    });
  }

  // What a server says that many have, or what is seen behind a proxy, is no name.
  for (const [protocol, greeting, keys] of [
    ['imap', '* OK IMAP4 ready', ['nginx']],
    ['pop3', '+OK POP3 ready', ['nginx']],
    ['smtp', '220 mail.example ESMTP ready', ['nginx']],
    ['pop3', '+OK Hello there.', ['Courier with GnuTLS (Debian)']],
    ['imap', '* OK [CAPABILITY IMAP4rev1] mail.example Cyrus IMAP 3.6.1 server ready', ['Cyrus']],
    ['imap', '* OK Dovecot ready.', []],
    ['imap', '* OK ready', []],
  ] as const) {
    it(`of software that tells its name, for ${greeting}: ${keys.join(', ')}`, () => {
      const named = { nginx: 'a', HAProxy: 'b', stunnel: 'c', 'Courier with GnuTLS (Debian)': 'd', Cyrus: 'e' };
      expect(Object.keys(remedyFor(named, [greeting], protocol))).to.deep.equal(keys);
    });
  }

  // Programs that no check has a setting of; a part of a host's name is none.
  for (const [protocol, greeting, keys] of [
    ['imap', '* OK [CAPABILITY IMAP4rev1] Twisted IMAP4rev1 Ready', ['any server']],
    ['imap', '* OK Hoodiecrow ready for rumble', ['any server']],
    ['smtp', '220 mail.example ESMTP qpsmtpd 0.94 ready; send us your mail', ['any server']],
    ['pop3', '+OK POP3 perdition.example ready', ['any server', 'dovecot']],
    ['smtp', '220 mail.citadel.example ESMTP', ['any server', 'postfix', 'dovecot']],
    ['smtp', '220 mail.example ESMTP Sendmail 8.17.1.9/8.17.1.9', ['any server']],
    ['smtp', '220 mail.example ESMTP Postfix', ['postfix']],
    ['imap', '* OK Dovecot ready.', ['dovecot']],
    ['imap', '* OK IMAP4rev1', ['any server', 'dovecot']],
  ] as const)
    it(`for whom none is named, as ${greeting}: ${keys.join(', ')}`, () => {
      const named = { postfix: 'a', 'any other server': 'b', dovecot: 'c', Cyrus: 'd' };
      expect(Object.keys(remedyFor(named, [greeting], protocol))).to.deep.equal(keys);
    });

  for (const [greeting, expected] of [
    ['* OK Dovecot (Debian) ready.', { 'any server': 'a', dovecot: 'old = yes; from 2.4 on new = no', postfix: 'p' }],
    ['* OK Dovecot 2.3.19.1 ready.', { 'any server': 'a', 'dovecot 2.3': 'old = yes', postfix: 'p' }],
    ['* OK Dovecot 2.2.36 ready.', { 'any server': 'a', 'dovecot 2.3': 'old = yes', postfix: 'p' }],
    ['* OK Dovecot v2.4.1-4 ready.', { 'any server': 'a', 'dovecot 2.4': 'new = no', postfix: 'p' }],
    ['* OK Dovecot 2.10 ready.', { 'any server': 'a', 'dovecot 2.4': 'new = no', postfix: 'p' }],
  ] as const) {
    it(`that changed with a version, for ${greeting}: ${JSON.stringify(expected)}`, () => {
      const versions = { 'any server': 'a', 'dovecot 2.4': 'new = no', 'dovecot 2.3': 'old = yes', postfix: 'p' };
      expect(remedyFor(versions, [greeting], 'imap', 'postfix')).to.deep.equal(expected);
    });
  }

  it('that is the same in all versions names none', () => {
    const same = { 'dovecot 2.3': 'x = y', 'dovecot 2.4': 'x = y' };
    expect(remedyFor(same, ['+OK Dovecot ready.'], 'pop3')).to.deep.equal({ dovecot: 'x = y' });
    expect(remedyFor({ 'dovecot 2.4': 'x = y' }, ['+OK Dovecot ready.'], 'pop3')).to.deep.equal({
      'dovecot 2.4': 'x = y',
    });
  });

  it('for other software only is no help', () => {
    expect(remedyFor({ dovecot: 'x' }, ['220 Postfix'], 'smtp')).to.deep.equal({});
  });

  for (const { id, remedy: remedies } of checks)
    it(`of ${id} names software as it is known here, so that it is shown for that alone`, () => {
      for (const addressee of Object.keys(remedies).filter((each) => !PATHS.test(each))) {
        const name = /^(?:smtp-server|[A-Za-z]+)/.exec(addressee)?.[0] ?? '';
        expect(wantedRemedies(name)).to.equal(name);
      }
    });

  it('is not shown for other software because its name is spelt otherwise', () => {
    const outdated = checks.find(({ id }) => id === 'outdated-logins');
    expect(Object.keys(remedyFor(outdated?.remedy ?? {}, ['* OK Dovecot ready.'], 'imap'))).to.deep.equal(['dovecot']);
  });

  /** What a check says should be changed, where it found this. */
  const remedyOf = (id: string, facts: unknown, greeting: string): Readonly<Record<string, string>> => {
    const check = checks.find((each) => each.id === id);
    if (check === undefined) throw new Error(`no check ${id}`);
    const finding = judgementOf(check, facts, {
      host: 'mail.example',
      role: 'imap',
      protocol: 'imap',
      tls: 'starttls',
    });
    return remedyFor(finding.remedy ?? check.remedy, [greeting], 'imap');
  };

  // Tried with Dovecot 2.3 and Cyrus 3.6: what forbids passwords in clear goes on offering challenges.
  for (const [greeting, mended] of [
    ['* OK Dovecot ready.', /^ssl = required$|^no network in login_trusted_networks$/],
    ['* OK Cyrus IMAP server ready', /^tls_required: yes$/],
  ] as const)
    it(`of challenges that are offered before TLS, for ${greeting}: ${mended.source}`, () => {
      const facts = { offer: { logins: ['CRAM-MD5', 'SCRAM-SHA-1'] }, login: { tried: true, outcome: 'refused' } };
      for (const text of Object.values(remedyOf('login-offered-before-tls', facts, greeting)))
        expect(text).to.match(mended);
    });

  it('of a server that speaks nothing but TLS 1.3 lowers its lowest version', () => {
    const facts = { version: { accepted: false, control: true }, newer: { accepted: true, control: true } };
    const { Cyrus, 'any server': any } = remedyOf('tls-1-2-missing', facts, '* OK Cyrus IMAP server ready');
    expect(Cyrus).to.equal('tls_versions: tls1_2 tls1_3');
    expect(any)
      .to.match(/lowest/)
      .and.not.to.match(/MaxProtocol/);
  });
});

const isForAll = (addressee: string): boolean => !/^[a-z]/.test(addressee) || addressee.startsWith('any ');

/** What stands between a client and a server, and everything. */
const PATHS = /^(?:any |Cisco )/;

describe('remedies of all checks', () => {
  for (const { id, severity, remedy, protocols: speak } of checks.filter((check) => check.severity !== 'info'))
    it(`of ${id} (${severity}) say something to who runs software that is not known here`, () => {
      const protocol = speak?.[0] ?? 'smtp';
      expect(remedyFor(remedy, ['220 mail.example qpsmtpd 0.94 ready'], protocol)).to.not.be.empty;
      expect(Object.keys(remedyFor(remedy, ['220 mail.example ready'], protocol)).some(isForAll)).to.equal(true);
    });

  it('for an Exim with one library say so, and how to see which it is', () => {
    const texts = checks.flatMap(({ remedy }) => Object.entries(remedy));
    const own = texts.filter(
      ([software, text]) => software.startsWith('exim') && /openssl_options|tls_eccurve/.test(text),
    );
    expect(own).to.not.be.empty;
    for (const [software] of own) expect(software).to.match(/^exim with OpenSSL \(exim -bV tells/);
  });

  // What the lab applies, setting and value, is what is shown.
  for (const daemon of labDaemons)
    for (const [name, { finds, mended = {} }] of Object.entries(daemon.weaknesses))
      for (const [setting, value] of Object.entries(mended)) {
        // Words of the lab's own for a line of an ACL, and for how a port is listened on.
        const isOurs = ['acl mail', 'submission'].includes(setting);
        const own = [...(isOurs ? [] : [setting.replace('-o ', '')]), value];
        it(`${daemon.id}, ${name}: ${setting} = ${value}`, () => {
          const shown = checks
            .filter(({ id }) => finds.includes(id))
            .flatMap(({ remedy }) => Object.entries(remedy))
            .filter(([software]) => software.toLowerCase().includes(daemon.id.replace(/-[\d.]+$/, '')))
            .map(([, text]) => text)
            .join('\n');
          for (const word of own) if (!word.includes('FOLDER')) expect(shown).to.include(word);
        });
      }
});
