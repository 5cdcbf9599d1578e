import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { serveAll, type DropIn } from '../../src/serving/drop-in.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import { requireReal, type RealProgram } from '../support/real.js';

const run = promisify(execFile);

interface Lab {
  readonly all: DropIn;
  readonly folder: string;
  readonly ca: string;
  port(role: PortRole): string;
}

const MAIL = 'From: anna@lab.test\r\nTo: bert@lab.test\r\nSubject: from a real client\r\n\r\n.a dot\r\nthe end\r\n';

const lab = (
  what: string,
  programs: readonly RealProgram[],
  work: (lab: Lab) => Promise<void>,
  options: (folder: string) => { readonly maildir?: string } = () => ({}),
): void => {
  it(what, async function () {
    this.timeout(30_000);
    requireReal(this, ...programs);
    const folder = mkdtempSync(join(tmpdir(), 'waxseal-drop-in-'));
    const all = await serveAll(options(folder));
    try {
      const ca = join(folder, 'ca.pem');
      writeFileSync(ca, all.served.ca);
      const port = (role: PortRole): string =>
        String(all.served.endpoints.find(({ portRole }) => portRole === role)?.port);
      await work({ all, folder, ca, port });
    } finally {
      await all.served.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
};

const subjects = ({ all }: Lab): (string | undefined)[] =>
  all.mail.inbox.mails.map((mail) => /^Subject: (.*)\r$/m.exec(mail.content().toString())?.[1]);

const NOBODY = 65_534;

describe('all servers, with clients as they are installed', () => {
  lab('curl sends by SMTP, lists and reads by IMAP and POP3', ['curl'], async (own) => {
    const { ca, folder, port } = own;
    const file = join(folder, 'mail');
    writeFileSync(file, MAIL);
    const curl = async (...args: string[]): Promise<string> =>
      (await run('curl', ['-sS', '--cacert', ca, '-u', 'anna:any', ...args])).stdout;
    const sent = ['--mail-from', 'anna@lab.test', '--mail-rcpt', 'bert@lab.test', '-T', file];
    await curl('--ssl-reqd', '--url', `smtp://localhost:${port('submission')}`, ...sent);
    await curl('--url', `smtps://localhost:${port('submissions')}`, ...sent);
    expect(own.all.mail.inbox.mails.map((mail) => mail.content().toString())).to.deep.equal([MAIL, MAIL]);
    expect(await curl('--ssl-reqd', `imap://localhost:${port('imap')}/`)).to.include('"/" "INBOX"');
    expect(await curl(`imaps://localhost:${port('imaps')}/INBOX;MAILINDEX=2`)).to.equal(MAIL);
    expect(await curl(`imaps://localhost:${port('imaps')}/INBOX?UNSEEN`)).to.equal('* SEARCH 1\r\n');
    expect(await curl(`imaps://localhost:${port('imaps')}/INBOX`, '-X', 'FETCH 1:* (FLAGS)')).to.include(
      '2 FETCH (FLAGS (\\Seen))',
    );
    expect(await curl('--ssl-reqd', `pop3://localhost:${port('pop3')}/`)).to.match(/^1 \d+\r\n2 \d+\r\n$/);
    expect(await curl(`pop3s://localhost:${port('pop3s')}/1`)).to.equal(MAIL);
    await curl(`pop3s://localhost:${port('pop3s')}/1`, '-X', 'DELE', '-l');
    expect(own.all.mail.inbox.mails.length).to.equal(1);
  });

  lab('swaks sends by STARTTLS, by implicit TLS, and without TLS on port 25', ['swaks'], async (own) => {
    const swaks = (...args: string[]): Promise<unknown> =>
      run('swaks', ['--from', 'anna@lab.test', '--to', 'bert@lab.test', '--server', 'localhost', ...args]);
    const login = ['--auth', 'PLAIN', '--auth-user', 'anna', '--auth-password', 'any'];
    await swaks('--port', own.port('submission'), '-tls', ...login, '--h-Subject', 'one');
    await swaks('--port', own.port('submissions'), '-tlsc', ...login, '--h-Subject', 'two');
    await swaks('--port', own.port('smtp'), '--h-Subject', 'three');
    expect(subjects(own)).to.deep.equal(['one', 'two', 'three']);
    await own.all.served.conclude();
    expect(own.all.served.verdicts.map(({ judgement }) => judgement.status)).to.deep.equal(['safe', 'safe', 'unsafe']);
  });

  lab(
    'Python’s smtplib, imaplib and poplib send, search, flag, append, expunge and delete',
    ['python3'],
    async (own) => {
      const script = `
import imaplib, poplib, smtplib, ssl, sys
ca, submission, imap, imaps, pop3s = sys.argv[1:]
tls = ssl.create_default_context(cafile=ca)
with smtplib.SMTP('localhost', int(submission)) as smtp:
    smtp.starttls(context=tls)
    smtp.login('anna', 'any')
    for number in range(3):
        smtp.sendmail('anna@lab.test', ['bert@lab.test'], f'Subject: mail {number}\\r\\n\\r\\nbody {number}\\r\\n')
box = imaplib.IMAP4('localhost', int(imap))
box.starttls(tls)
box.login('bert', 'other')
assert box.select() == ('OK', [b'3']), 'select'
assert box.search(None, 'UNSEEN') == ('OK', [b'1 2 3'])
assert box.search(None, 'SUBJECT', '"mail 1"') == ('OK', [b'2'])
assert b'body 1' in box.fetch('2', '(RFC822)')[1][0][1]
assert box.search(None, 'UNSEEN') == ('OK', [b'1 3'])
assert b'ENVELOPE' in box.fetch('1', '(ENVELOPE BODYSTRUCTURE UID INTERNALDATE RFC822.SIZE)')[1][0]
assert box.store('1', '+FLAGS', '\\\\Deleted')[0] == 'OK'
assert box.expunge() == ('OK', [b'1'])
assert box.uid('SEARCH', 'ALL')[1] == [b'2 3']
assert box.append('Sent', '(\\\\Seen)', None, b'Subject: kept\\r\\n\\r\\nx\\r\\n')[0] == 'OK'
assert b'MESSAGES 1' in box.status('Sent', '(MESSAGES UNSEEN)')[1][0]
assert box.uid('COPY', '2', 'Trash')[0] == 'OK'
other = imaplib.IMAP4_SSL('localhost', int(imaps), ssl_context=tls)
other.login('carl', 'x')
assert other.select('INBOX', readonly=True)[1] == [b'2']
box.uid('STORE', '3', '+FLAGS', '(\\\\Deleted)')
box.expunge()
other.noop()
assert other.response('EXPUNGE') == ('EXPUNGE', [b'2']), 'the other connection is told'
other.logout()
box.close()
box.logout()
pop = poplib.POP3_SSL('localhost', int(pop3s), context=tls)
pop.user('anna'); pop.pass_('any')
assert pop.stat()[0] == 1
assert b'Subject: mail 1' in pop.retr(1)[1]
assert pop.top(1, 0)[1] == [b'Subject: mail 1', b'']
assert len(pop.uidl()[1]) == 1
pop.dele(1)
pop.quit()
`;
      const { ca, port } = own;
      await run('python3', ['-c', script, ca, port('submission'), port('imap'), port('imaps'), port('pop3s')]);
      expect(own.all.mail.inbox.mails.length).to.equal(0);
      expect(own.all.mail.find('Trash')?.mails.length).to.equal(1);
    },
  );

  lab('mbsync synchronises both ways', ['mbsync'], async (own) => {
    const { ca, folder, port, all } = own;
    for (const number of ['1', '2', '3'])
      all.mail.deliver(Buffer.from(`Message-ID: <${number}@lab.test>\r\nSubject: ${number}\r\n\r\nx\r\n`), {
        from: 'a@lab.test',
        to: ['b@lab.test'],
      });
    mkdirSync(join(folder, 'mail'));
    const config = join(folder, 'mbsyncrc');
    writeFileSync(
      config,
      `IMAPStore far
Host localhost
Port ${port('imaps')}
User anna
Pass any
${(await run('mbsync', ['--version'])).stdout.includes('1.4') ? 'SSLType' : 'TLSType'} IMAPS
CertificateFile ${ca}
SystemCertificates no

MaildirStore near
Path ${folder}/mail/
Inbox ${folder}/mail/inbox

Channel all
Far :far:
Near :near:
Create Near
Sync All
Expunge Both
SyncState *
`,
    );
    await run('mbsync', ['-c', config, 'all']);
    const inbox = join(folder, 'mail/inbox');
    const files = (): string[] =>
      ['new', 'cur'].flatMap((part) => readdirSync(join(inbox, part)).map((name) => join(inbox, part, name)));
    expect(files().length).to.equal(3);
    writeFileSync(join(inbox, 'new/9.local'), 'Message-ID: <9@lab.test>\nSubject: 9\n\nmine\n');
    const [first] = all.mail.inbox.mails;
    all.mail.take(all.mail.inbox, (mail) => mail === first);
    await run('mbsync', ['-c', config, 'all']);
    expect(files().length).to.equal(3);
    expect(subjects(own)).to.deep.equal(['2', '3', '9']);
  });

  lab('mutt opens the inbox', ['mutt'], async ({ all, ca, folder, port }) => {
    all.mail.deliver(Buffer.from(MAIL), { from: 'anna@lab.test', to: ['bert@lab.test'] });
    const saved = join(folder, 'saved');
    const config = join(folder, 'muttrc');
    writeFileSync(
      config,
      [
        `set certificate_file=${ca} ssl_force_tls=yes`,
        'set imap_user=anna imap_pass=any mbox_type=mbox confirmappend=no confirmcreate=no',
        'unset wait_key',
        `set folder=${folder}`,
        '',
      ].join('\n'),
    );
    const mutt = `mutt -n -F ${config} -f imaps://localhost:${port('imaps')}/INBOX -e 'push "<copy-message>${saved}<enter><exit>"'`;
    // It wants a terminal.
    await run('script', ['-qec', mutt, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', HOME: folder },
      timeout: 15_000,
    });
    expect(readFileSync(saved, 'utf8')).to.include('Subject: from a real client').and.include('the end');
  });

  lab(
    'Dovecot reads the Maildir, and what it flags is flagged here',
    ['dovecot', 'curl'],
    async ({ all, folder, ca, port }) => {
      const maildir = join(folder, 'maildir');
      const file = join(folder, 'mail');
      writeFileSync(file, MAIL);
      const sent = ['--mail-from', 'anna@lab.test', '--mail-rcpt', 'bert@lab.test', '-T', file];
      await run('curl', [
        '-sS',
        '--cacert',
        ca,
        '--ssl-reqd',
        '--url',
        `smtp://localhost:${port('submission')}`,
        ...sent,
      ]);
      const config = join(folder, 'dovecot.conf');
      // Dovecot does not read mail as root.
      const uid = process.getuid?.() === 0 ? NOBODY : (process.getuid?.() ?? NOBODY);
      writeFileSync(
        config,
        `mail_location = maildir:${maildir}\nmail_uid = ${String(uid)}\nmail_gid = ${String(uid === NOBODY ? NOBODY : process.getgid?.())}\nfirst_valid_uid = 0\nfirst_valid_gid = 0\nbase_dir = ${folder}/run\nlog_path = /dev/stderr\nssl = no\n`,
      );
      if (uid === NOBODY) {
        chmodSync(tmpdir(), 0o711);
        await run('chown', ['-R', `${String(NOBODY)}:${String(NOBODY)}`, folder]);
      }
      const doveadm = async (...args: string[]): Promise<string> =>
        (await run('doveadm', ['-c', config, ...args], { env: { ...process.env, USER: 'anna', HOME: folder } })).stdout;
      expect(await doveadm('fetch', 'hdr.subject body', 'ALL'))
        .to.include('from a real client')
        .and.include('.a dot');
      await doveadm('flags', 'add', '\\Seen', 'ALL');
      const [mail] = all.mail.inbox.mails;
      // Dovecot has renamed the file.
      expect(mail?.content().toString()).to.equal(MAIL);
      const again = await serveAll({ maildir });
      expect([...(again.mail.inbox.mails[0]?.flags ?? [])]).to.deep.equal(['\\Seen']);
      expect(again.mail.inbox.mails[0]?.content().toString()).to.equal(MAIL);
      await again.served.stop();
    },
    (folder) => ({ maildir: join(folder, 'maildir') }),
  );
});
