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
    ['587 uses TLS by default', 'tls-by-default-587'],
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
