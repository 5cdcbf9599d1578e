import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import type { GuideClaim } from '../../src/guide/claim.js';
import { guideClaims } from '../../src/guide/guide.js';
import fc, { runs } from '../support/properties.js';
import { WORDINGS } from '../../src/guide/wordings.js';
import { CLAIMS } from '../../src/knowledge/claims.js';
import { it } from '../support/in-turn.js';

const GUIDES = join(import.meta.dirname, '../../fixtures/guides');
const read = (path: string): readonly GuideClaim[] => guideClaims(readFileSync(join(GUIDES, path)));
const claimsIn = (text: string): readonly GuideClaim[] => guideClaims(Buffer.from(text));
const wrong = (claims: readonly GuideClaim[]): GuideClaim[] => claims.filter(({ state }) => state === 'wrong');
const short = ({ line, says }: GuideClaim): string => `${String(line)}: ${says}`;

/** One text in the forms that guides have. */
const FORMS: readonly (readonly [form: string, of: (text: string) => string])[] = [
  ['text', (text) => `${text}.\n`],
  ['Markdown', (text) => `# Mail\n\n- ${text}\n`],
  ['HTML', (text) => `<!doctype html><html><body><h1>Mail</h1><p>${text.replaceAll('&', '&amp;')}.</p></body></html>`],
];

describe('guides that are right', () => {
  for (const file of readdirSync(join(GUIDES, 'right')))
    it(`${file}: no complaint, and more than one claim understood`, () => {
      const claims = read(`right/${file}`);
      expect(claims.filter(({ state }) => state === 'wrong' || state === 'note')).to.deep.equal([]);
      expect(claims.filter(({ state }) => state === 'right')).to.have.length.above(1);
    });
});

describe('guides with ten wrong claims', () => {
  for (const file of ['ten.txt', 'ten.md', 'ten.html'])
    it(`${file}: all are corrected, each with its line and source, and nothing else`, () => {
      const claims = read(`wrong/${file}`);
      expect(claims.map(({ state }) => state)).to.deep.equal(new Array(10).fill('wrong'));
      const lines = readFileSync(join(GUIDES, 'wrong', file), 'utf8').split('\n');
      for (const { line, quote, correction, references } of claims) {
        const [word = ''] = /\d{3,4}|STARTTLS/.exec(quote) ?? [];
        expect(lines[line - 1], `line ${String(line)}`).to.contain(word);
        expect(correction).to.be.a('string').with.length.above(10);
        expect(references).to.have.length.above(0);
      }
    });

  const forms: readonly (readonly [file: string, says: readonly string[]])[] = [
    [
      'config-v1.1.xml',
      [
        '6: IMAP, port 995, implicit TLS',
        '11: POP3, port 995, STARTTLS',
        '16: SMTP, port 25, no encryption',
        '21: SMTP, port 587, implicit TLS',
      ],
    ],
    ['autodiscover.xml', ['4: IMAP, port 143, no encryption', '5: SMTP, port 465, STARTTLS']],
    ['example.mobileconfig', ['6: IMAP, port 587, no encryption', '9: SMTP, port 587, no encryption']],
    ['account.prf', ['3: IMAP, port 995, TLS', '6: SMTP, port 587, implicit TLS']],
    ['prefs.js', ['2: IMAP, port 993, STARTTLS', '4: SMTP, port 587, no encryption']],
  ];
  for (const [file, says] of forms)
    it(`${file}: ${says.join('; ')}`, () => {
      expect(wrong(read(`wrong/${file}`)).map(short)).to.deep.equal(says);
    });
});

describe('claims of guides', () => {
  const said: readonly (readonly [text: string, id: string])[] = [
    ['993 is for IMAP and POP3', 'shared-port'],
    ['Use port 993 for both IMAP and POP3', 'shared-port'],
    ['563 is SMTPS', 'smtps-563'],
    ['567 was SMTP over SSL', 'smtps-567'],
    ['2095 is POP3S', 'pop3s-2095'],
    ['585 is IMAP over SSL', 'imaps-585'],
    ['587 uses TLS by default', 'tls-by-default-587'],
    ['Port 587 is for unencrypted connections', 'unencrypted-587'],
    ['STARTTLS and SSL/TLS are the same', 'starttls-is-ssl'],
    ['SSL is more secure than TLS', 'ssl-safer-than-tls'],
    ['IMAP cannot be encrypted', 'no-encryption-in-protocol'],
    ['A VPN makes TLS unnecessary', 'vpn-replaces-tls'],
    ['Each secure port uses TLS by default', 'every-secure-port'],
    ['Port 465 is deprecated', 'deprecated-465'],
    ['Port 465 is not recommended', 'deprecated-465'],
    ['Port 465 is no longer used', 'deprecated-465'],
    ['TLS 1.3 always uses port 443', 'tls-on-443-only'],
    ['The port encrypts', 'port-encrypts'],
    ['Modern deployments use STARTTLS rather than dedicated ports', 'starttls-preferred'],
    ['Port 25 has no inherent security', 'no-security-25'],
    ['465 is more secure than 25', 'safer-465-than-25'],
    ['80 and 443 are for unencrypted HTTP', 'unencrypted-443'],
    ['HTTP/2 requires TLS', 'http2-requires-tls'],
    ['RDP on 3389 is not encrypted by default', 'rdp-unencrypted'],
    ['Port 2525 is a standard port', 'standard-2525'],
    ['443 without TLS closes at once', 'closes-443'],
    ['PCI DSS requires port 443', 'law-requires-443'],
    ['PCI/HIPAA require port 443', 'law-requires-443'],
    ['Disable port 80', 'disable-80'],
    ['Set the encryption to none', 'login-in-clear'],
    ['Choose "STARTTLS, if available"', 'tls-if-available'],
    ['If STARTTLS does not work, choose TLS, if available', 'tls-if-available'],
    ['If your server does not support TLS, set the encryption to none', 'login-in-clear'],
    ['You can ignore the certificate warning', 'accept-any-certificate'],
    ['Turn off certificate verification if there is a warning', 'accept-any-certificate'],
    ['Self-signed is fine if I own both ends', 'self-signed'],
    ['Enable OCSP stapling', 'staple-ocsp'],
    ['AES-256 is needed', 'aes-256-needed'],
    ['RSA key transport is how TLS works', 'rsa-key-transport'],
    ['The client encrypts a pre-master secret with the server’s public key', 'rsa-key-transport'],
    ['SNI indicates the desired service', 'sni-names-service'],
    ['TLS 1.3 encrypts the handshake, so protocols cannot be told apart', 'handshake-hides-protocol'],
    ['TLS encrypts your mail end to end', 'end-to-end'],
    ['Any tampering is detected instantly', 'tampering-detected'],
    ['Session keys cannot be reused by attackers', 'session-keys-reused'],
    ['Inspect TLS on the firewall', 'inspect-on-firewall'],
    ['Pin certificates', 'pin-certificates'],
    ['Outgoing server: smtp.example.org, port 25', 'relay-port-for-users'],
    ['Use port 25 to submit mail from your client', 'relay-port-for-users'],
    ['Your outgoing server is smtp.example.org, port 25', 'relay-port-for-users'],
  ];
  for (const [text, id] of said)
    for (const [form, of] of FORMS)
      it(`“${text}” is ${id} (${form})`, () => {
        const claims = claimsIn(of(text)).filter(({ state }) => state !== 'right');
        const state = WORDINGS[id]?.qualified === true ? 'note' : 'wrong';
        expect(claims.map((claim) => [claim.id, claim.state])).to.deep.equal([[id, state]]);
      });

  it('are all of the table', () => {
    const seen = new Set(said.map(([, id]) => id));
    expect(CLAIMS.map(({ id }) => id).filter((id) => !seen.has(id))).to.deep.equal([]);
    const ids = new Set(CLAIMS.map(({ id }) => id));
    expect(Object.keys(WORDINGS).filter((id) => !ids.has(id))).to.deep.equal([]);
  });

  const settings: readonly (readonly [text: string, says: string, state: GuideClaim['state']])[] = [
    ['IMAP: imap.example.org:993 (SSL/TLS)', 'IMAP, port 993, implicit TLS', 'right'],
    ['IMAP: imap.example.org:993 (STARTTLS)', 'IMAP, port 993, STARTTLS', 'wrong'],
    ['imaps://mail.example.org:143', 'IMAP, port 143, implicit TLS', 'wrong'],
    ['SMTP port 587, TLS', 'SMTP, port 587, TLS', 'right'],
    ['SMTP port 587, SSL/TLS', 'SMTP, port 587, implicit TLS', 'wrong'],
    ['Use an SSL connection to our SMTP server on port 587', 'SMTP, port 587, TLS', 'right'],
    ['POP3 uses port 993', 'POP3, port 993', 'wrong'],
    ['LDAPS runs on port 389', 'LDAP, port 389, implicit TLS', 'wrong'],
    ['Never use port 143 with SSL/TLS', 'port 143, implicit TLS', 'not-understood'],
    ['IMAP: port 10993, SSL/TLS', 'IMAP, port 10993, implicit TLS', 'not-understood'],
    ['IMAP: 127.0.0.1, port 143, no encryption', 'IMAP, port 143', 'right'],
  ];
  for (const [text, says, state] of settings)
    for (const [form, of] of FORMS)
      it(`“${text}” is ${state} (${form})`, () => {
        expect(
          claimsIn(of(text)).map((claim) => [claim.says.replace('TLS or STARTTLS', 'TLS'), claim.state]),
        ).to.deep.equal([[says, state]]);
      });

  const silent: readonly string[] = [
    'Your outgoing server is not reached on port 25, which is blocked.',
    'Port 587 does not use TLS by default.',
    'It is a myth that 465 is more secure than 25.',
    'Is port 465 deprecated?',
    '465 is not deprecated.',
    'Port 465 was never deprecated for submission.',
    'Port 465 is no longer deprecated.',
    'Nobody should say that 465 is deprecated.',
    'Port 465 ist nicht veraltet.',
    'Port 25 has no encryption on our old server.',
    'STARTTLS is no better than port 465.',
    '465 is neither safer nor weaker than 25.',
    'There is no reason to pin certificates.',
    'Some say TLS 1.3 always uses port 443.',
    'Port 465 is far from obsolete.',
    'Port 465 is wrongly called deprecated.',
    'Port 465 gilt zu Unrecht als veraltet.',
    'Port 465 is considered deprecated by some.',
    'In 1998 port 465 was revoked and deprecated; it came back in 2018.',
    'Whether 465 is deprecated depends on whom you ask.',
    'If you ignore certificate warnings, anybody can read your password.',
    'Use STARTTLS and never set encryption to none.',
    'You often read that port 465 is deprecated. This is wrong.',
    '“993 is for IMAP and POP3”: no, 995 is POP3.',
    'TLS is not end-to-end encryption.',
    'AES-256 is not required.',
    'Do not ignore certificate warnings.',
    'Self-signed certificates are fine if clients pin them.',
    'Call +49 30 143 993 587, room 465; RFC 993; version 1.0.587; 143 users; 110 MB.',
    'Enable OCSP stapling if your CA supports OCSP.',
    'See https://example.org:443/993?port=25 or write to port25@example.org.',
  ];
  for (const text of silent)
    for (const [form, of] of FORMS)
      it(`“${text}” is no reason to complain (${form})`, () => {
        const claims = claimsIn(of(text.replace(/\.$/, '')));
        expect(claims.filter(({ state }) => state === 'wrong' || state === 'note')).to.deep.equal([]);
      });
});

/** As pages of providers word it. */
const WRONG_AS_WORDED: readonly string[] = [
  'A VPN makes TLS unnecessary',
  'If you use a VPN you do not need SSL/TLS in your mail program',
  'With a VPN, your mail is already encrypted, so encryption can be turned off',
  'POP3 over SSL uses port 110',
  'IMAP over SSL uses port 143',
  'To send mail, set the SMTP port to 25',
  'Set the outgoing SMTP port to 25',
  'Use port 25 for sending mail from Outlook',
  'For SSL, enter 587. For STARTTLS, enter 465',
  'Port 465 uses STARTTLS',
  'Port 587 uses implicit TLS',
  'Secure IMAP (IMAP4-SSL): 585',
  'Port 465 should no longer be used at all',
  'Port 465: a deprecated port you should no longer use',
  'Port 587 is for unencrypted connections, 465 is for SSL',
  'Port 587 encrypts your mail automatically',
  'SSL is more secure than TLS',
  'STARTTLS is more secure than SSL/TLS',
  'POP3 with SSL: port 993',
  'The secure port for SMTP is 995',
  'IMAP uses port 110',
  'If you see a certificate warning, click Continue',
  'If a message about an untrusted certificate appears, click Accept',
  'Select “Accept all SSL certificates”',
  'If you get an error, set the security type to None and the port to 143',
  'With SSL your messages are encrypted all the way to the recipient',
  'SSL/TLS is only needed on public Wi-Fi',
  'IMAP does not support encryption',
  'Port 143 is encrypted by default',
  'SSL on port 993 is optional and can be left off',
  'Nutzen Sie Port 25 für den Postausgang',
  'Mit einem VPN ist TLS überflüssig',
  'POP3 über SSL verwendet Port 110',
  'Leave “This server requires an encrypted connection” unticked',
  'STARTTLS and SSL are the same thing',
  'You are on our VPN, so you can turn off SSL',
  'When connected via VPN, SSL is not required for IMAP',
  'POP3/SSL: port 110',
  'SMTP over SSL: port 587',
  'SMTP over SSL runs on port 25',
  'Outgoing Mail Server Port: 25',
  'To send mail from your phone, use smtp.example.org and port 25',
  'For sending mail, choose port 25',
  'Outgoing server port: 25 (no SSL)',
  'For SSL use 587',
  'Port 587 is always encrypted',
  'Use port 993 for POP3 with SSL',
  'IMAP (SSL): 995',
  'POP (SSL): 993',
  'POP3 server: pop.example.org, port 993, SSL',
  'IMAP server: imap.example.org, port 143, SSL/TLS',
  'SMTP server: smtp.example.org, port 465, STARTTLS',
  'SMTP server: smtp.example.org, port 587, SSL',
  'If Outlook warns about the certificate, click Yes',
  'Just ignore the security certificate warning',
  'Uncheck “Use SSL” if you cannot connect',
  'TLS guarantees that only the recipient can read your mail',
  'IMAP4 over SSL (IMAPS): 995',
  'Secure SMTP: 567',
  'Set encryption to None and port to 110',
  'Wenn eine Zertifikatswarnung erscheint, klicken Sie auf Fortfahren',
  'Port 465 ist veraltet und sollte nicht mehr verwendet werden',
  'Postausgangsserver (SMTP): smtp.example.org, Port 25',
  'Für SSL verwenden Sie Port 587, für STARTTLS 465',
];

const RIGHT_AS_WORDED: readonly string[] = [
  'A VPN does not make TLS unnecessary',
  'TLS is needed even if you use a VPN',
  'A VPN protects the way to its gateway only; mail still needs TLS',
  'POP3 over SSL uses port 995',
  'POP3 uses port 110, POP3 over SSL port 995',
  'IMAP over SSL uses port 993 instead of 143',
  'To send mail, set the SMTP port to 587',
  'Mail servers send mail to each other on port 25',
  'Port 25 is used to send mail between servers',
  'If your provider blocks port 25, set the SMTP port to 587',
  'Change the SMTP port from 25 to 587',
  'The default SMTP port is 25; change it to 465',
  'For SSL, enter 465. For STARTTLS, enter 587',
  'Port 465 uses implicit TLS, port 587 STARTTLS',
  'Port 465 was deprecated, then reinstated by RFC 8314',
  'Port 587 starts unencrypted and is upgraded with STARTTLS',
  'TLS is more secure than SSL',
  'Implicit TLS is more secure than STARTTLS',
  'If you see a certificate warning, do not click Continue; call us',
  'If a certificate warning appears, check the server name',
  'TLS encrypts your messages on the way to our server only',
  'Set the security type to SSL/TLS and the port to 993',
  'TLS is needed on every network, not only on public Wi-Fi',
  'Port 143 is not encrypted until STARTTLS',
  'SSL is not optional',
  'Ohne VPN und mit VPN: TLS bleibt nötig',
  'POP3 über SSL verwendet Port 995',
  'Port 25 dient dem Versand zwischen Servern',
  'STARTTLS and SSL/TLS are different things',
  'Our VPN uses TLS on port 443',
  'Tick “This server requires an encrypted connection (SSL)”',
  'To reach the VPN you do not need a TLS certificate',
  'Never send mail through port 25 from your phone',
  'You cannot send mail over port 25 because your provider blocks it',
  'The port for POP3 with STLS is 110',
  'Even on our VPN, do not turn off SSL',
  'The VPN does not replace TLS',
  'When connected via VPN, you still need SSL/TLS for IMAP',
  'POP3/SSL: port 995',
  'SMTP over SSL: port 465',
  'SMTP over TLS: port 587 with STARTTLS',
  'Outgoing Mail Server Port: 587',
  'Do not use port 25 for sending mail',
  'Port 25 is only for mail between servers; to send mail, use 587',
  'To send mail, use port 587 instead of 25',
  'Most providers block port 25 for sending mail',
  'For SSL use 465, for STARTTLS 587',
  'For STARTTLS use 143',
  'Port 465 should not be used with STARTTLS',
  'Port 465 should not be used for relay',
  'Port 587 is for submission with STARTTLS',
  'Port 143 is encrypted after STARTTLS',
  'If Outlook warns about the certificate, click No and call us',
  'If the certificate warning shows our fingerprint, click Accept',
  'Import our CA certificate and click Trust',
  'To install the certificate, click Continue',
  'Download the certificate, then choose Trust in the settings',
  'Do not uncheck “Use SSL”',
  'TLS does not guarantee that only the recipient can read your mail',
  'SSL 3.0 is not enough for mail',
  'Plain IMAP does not offer encryption until STARTTLS is sent',
  'Port 2525 is an unofficial alternative to 587',
  'Never set encryption to None',
  'Some clients do not support TLS 1.3',
  'If your client does not support STARTTLS, use port 993 with SSL/TLS',
  'OpenVPN uses TLS, so no IPsec is needed',
  'Whether you use a VPN or not, set SSL/TLS',
  'Our VPN is not needed: IMAP uses TLS',
  'With a VPN you do not need to open port 993 on the firewall',
  'The relay host is smtp.example.org, port 25',
  'Postfix: set the relay port to 25 to send mail to other servers',
  'Wenn eine Zertifikatswarnung erscheint, brechen Sie ab',
  'Port 465 ist nicht überholt',
  'SSL (the old name of TLS) is not more secure than TLS',
  'Enter 465 for SSL/TLS or 587 for STARTTLS',
  'Verify the certificate, then press OK',
  'Use security type SSL, never None',
];

describe('sentences as providers word them', () => {
  for (const [form, of] of FORMS) {
    it(`are corrected where they are wrong (${form})`, () => {
      const missed = WRONG_AS_WORDED.filter((text) => wrong(claimsIn(of(text))).length === 0);
      expect(missed).to.deep.equal([]);
    });

    it(`are left alone where they are right (${form})`, () => {
      const corrected = RIGHT_AS_WORDED.filter((text) =>
        claimsIn(of(text)).some(({ state }) => state === 'wrong' || state === 'note'),
      );
      expect(corrected).to.deep.equal([]);
    });
  }
});

describe('mutated guides', () => {
  const files = readdirSync(GUIDES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));

  it('crash nothing, and are refused in one line if at all', () => {
    const words = [
      '<',
      '>',
      '&#x0;',
      '|',
      ':',
      '\n',
      '\0',
      '993',
      'IMAP',
      '<dict>',
      '```',
      '"',
      '\u202e',
      '1e309',
      '{',
      '</',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40), fc.constantFrom(...words)), {
          minLength: 1,
          maxLength: 8,
        }),
        (bytes, changes) => {
          let text = bytes.toString();
          for (const [at, cut, word] of changes) {
            const index = Math.floor(at * text.length);
            text = text.slice(0, index) + word + text.slice(index + cut);
          }
          try {
            for (const { line, quote } of guideClaims(Buffer.from(text))) if (line < 1 || quote === '') return false;
            return true;
          } catch (error) {
            return error instanceof Fault && error.code === 'CORRUPT_RECORDING' && !error.message.includes('\n');
          }
        },
      ),
      { numRuns: runs(1500) },
    );
  });
});

describe('files that are no guides', () => {
  const files: readonly (readonly [name: string, bytes: Buffer, says: RegExp])[] = [
    ['a program', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(400)]), /no text/],
    ['a binary property list', Buffer.from('bplist00\xd1', 'latin1'), /plutil/],
    ['a page without an end to its depth', Buffer.from('<html>'.padEnd(100_000, '<div>')), /nest deeper/],
    ['other XML', Buffer.from('<?xml version="1.0"?><project/>'), /neither autoconfig/],
  ];
  for (const [name, bytes, says] of files)
    it(`${name} is refused in one line`, () => {
      expect(() => guideClaims(bytes))
        .to.throw(Fault, says)
        .with.property('message')
        .that.does.not.contain('\n');
    });

  it('a signed profile is read', () => {
    const profile = readFileSync(join(GUIDES, 'wrong/example.mobileconfig'));
    const signed = Buffer.concat([Buffer.from([0x30, 0x82, 0x10, 0x00, 0x06, 0x09]), profile, Buffer.alloc(300, 0xa5)]);
    expect(wrong(guideClaims(signed))).to.have.length(2);
  });

  it('UTF-16 is read', () => {
    const text =
      '\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY]\r\n"IMAP Port"=dword:000003e1\r\n"IMAP Use SSL"=dword:00000001\r\n';
    expect(guideClaims(Buffer.from(text, 'utf16le')).map(short)).to.deep.equal(['4: IMAP, port 993, TLS']);
  });
});
