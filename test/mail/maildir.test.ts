import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MailHost } from '../../src/mail/mail-host.js';
import { Maildir } from '../../src/mail/maildir.js';

const inFolder = (work: (folder: string, open: () => MailHost) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-maildir-'));
  const open = (): MailHost =>
    new MailHost({
      limits: { mails: 100, bytes: 1_000_000 },
      whenFull: 'drop-oldest',
      uidValidity: 7,
      now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
      disk: new Maildir(join(folder, 'mail')),
    });
  try {
    work(folder, open);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const MAIL = Buffer.from('Subject: one\r\n\r\nü\r\n');
const NOBODY = { from: '', to: [] };

describe('a Maildir', () => {
  it('holds a new mail in `new`, with the line ends of this system, for its owner alone', () =>
    inFolder((folder, open) => {
      open().deliver(MAIL, NOBODY);
      const [name = ''] = readdirSync(join(folder, 'mail/new'));
      expect(name).to.match(/^1767323045\.M0P\d+Q1\.waxseal,S=17,W=20$/);
      expect(readFileSync(join(folder, 'mail/new', name), 'utf8')).to.equal('Subject: one\n\nü\n');
      expect(statSync(join(folder, 'mail/new', name)).mode & 0o777).to.equal(0o600);
      expect(statSync(join(folder, 'mail')).mode & 0o777).to.equal(0o700);
    }));

  it('is read again with flags, mailboxes and dates', () =>
    inFolder((_folder, open) => {
      const host = open();
      const mail = host.deliver(MAIL, NOBODY);
      if (mail === undefined) throw new Error('it was not kept');
      host.setFlags(host.inbox, mail, ['\\Seen', '\\Flagged', 'keyword']);
      expect(host.create('Work/Sub')).to.equal(true);
      const work = host.find('Work/Sub');
      if (work === undefined) throw new Error('there is no such mailbox');
      host.add(work, MAIL, { flags: ['\\Draft'] });
      const again = open();
      const [kept] = again.inbox.mails;
      expect([...(kept?.flags ?? [])]).to.deep.equal(['\\Flagged', '\\Seen']);
      expect(kept?.internalDate).to.equal('02-Jan-2026 03:04:05 +0000');
      expect(kept?.content()).to.deep.equal(MAIL);
      expect(again.find('Work/Sub')?.mails.map(({ size, flags }) => [size, ...flags])).to.deep.equal([
        [MAIL.length, '\\Draft'],
      ]);
    }));

  it('goes along with other programs that rename, remove and add files', () =>
    inFolder((folder, open) => {
      const host = open();
      const mail = host.deliver(MAIL, NOBODY);
      const gone = host.deliver(MAIL, NOBODY);
      const [first = '', second = ''] = readdirSync(join(folder, 'mail/new')).toSorted();
      renameSync(join(folder, 'mail/new', first), join(folder, 'mail/cur', `${first}:2,S`));
      rmSync(join(folder, 'mail/new', second));
      expect(mail?.content()).to.deep.equal(MAIL);
      expect(gone?.content().length).to.equal(0);
      host.take(host.inbox, () => true);
      expect(readdirSync(join(folder, 'mail/cur'))).to.deep.equal([]);
      writeFileSync(join(folder, 'mail/new/5.other'), 'Subject: other\n\n');
      const again = open();
      expect(again.inbox.mails.map((each) => [each.receivedAt, each.content().toString()])).to.deep.equal([
        [5000, 'Subject: other\r\n\r\n'],
      ]);
    }));

  for (const name of ['..', '../../outside', 'a.b', '/abs', 'a\0b', '', 'x'.repeat(300)])
    it(`has no mailbox ${JSON.stringify(name.slice(0, 20))}`, () =>
      inFolder((folder, open) => {
        expect(open().create(name)).to.equal(false);
        expect(readdirSync(folder)).to.deep.equal(['mail']);
      }));

  it('cannot be a file', () =>
    inFolder((folder) => {
      writeFileSync(join(folder, 'file'), '');
      expect(() => new Maildir(join(folder, 'file'))).to.throw(/cannot be used \((EEXIST|ENOTDIR)\)/);
    }));
});
