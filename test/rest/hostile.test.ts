import { expect } from 'chai';
import { Summaries, parsedMail } from '../../src/rest/summary.js';
import { found } from '../../src/rest/search.js';
import { MailHost } from '../../src/mail/mail-host.js';
import { isThorough } from '../support/representative.js';
import { openSite } from './site.js';
import { it, itSeldom } from '../support/in-turn.js';

const hostOf = (mails: number, bytes = 256 * 1024 * 1024): MailHost =>
  new MailHost({ limits: { mails, bytes }, whenFull: 'drop-oldest', uidValidity: 1, now: () => 0 });

const nested = (depth: number): string => {
  let text = 'Content-Type: text/plain\r\n\r\ninnermost\r\n';
  for (let level = 0; level < depth; level += 1)
    text = `Content-Type: multipart/mixed; boundary=b${String(level)}\r\n\r\n--b${String(level)}\r\n${text}\r\n--b${String(level)}--\r\n`;
  return text;
};

const ROWS: readonly (readonly [what: string, content: string])[] = [
  ['parts in parts, 2,000 deep', `Subject: deep\r\n${nested(2000)}`],
  [
    '20,000 parts',
    `Subject: wide\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n'.repeat(20_000)}--b--\r\n`,
  ],
  [
    'a million parts',
    `Subject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(1_000_000)}--b--\r\n`,
  ],
  ['a header line of 9 MB', `Subject: ${'x'.repeat(9_000_000)}\r\n\r\nbody\r\n`],
  ['200,000 headers', `${'X-Y: z\r\n'.repeat(200_000)}\r\nbody\r\n`],
  ['100,000 addresses', `To: ${'a@b.test, '.repeat(100_000)}\r\n\r\nbody\r\n`],
  ['encoded words without an end', `Subject: ${'=?utf-8?B?'.repeat(50_000)}\r\n\r\nbody\r\n`],
  ['tags without an end', `Content-Type: text/html\r\n\r\n${'<'.repeat(500_000)}`],
  [
    '9 MB of base64',
    `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJD'.repeat(2_250_000)}\r\n`,
  ],
  ['nothing', ''],
  [
    'bytes that are no text',
    Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 256)).toString('latin1'),
  ],
];

describe('hostile mails', function () {
  this.timeout(60_000);
  for (const [what, content] of ROWS)
    it(`${what}: is listed and shown`, async () => {
      const host = hostOf(10);
      const mail = host.deliver(Buffer.from(content, 'latin1'), { from: '', to: [] });
      if (mail === undefined) throw new Error('it was not kept');
      const started = performance.now();
      const summary = await new Summaries().of(mail);
      const parsed = await parsedMail(mail);
      expect(summary.Size).to.equal(content.length);
      expect(parsed.summary.Snippet.length).to.be.at.most(250);
      // Several times what any needs; work that is not bounded takes minutes.
      expect(performance.now() - started).to.be.below(10_000);
    });

  itSeldom('a mail of 100 MB is refused, the next one is taken', async () => {
    await using site = await openSite();
    const refused = await site
      .send({ raw: Buffer.alloc(100 * 1024 * 1024, 'x'.repeat(76) + '\r\n') })
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
    await site.send({ subject: 'small' });
    expect(site.all.mail.inbox.mails.length).to.equal(1);
  });

  itSeldom('more mails than are kept: the oldest go, and those that are left are searched', async () => {
    const many = isThorough() ? 100_000 : 20_000;
    const host = hostOf(5000);
    for (let number = 1; number <= many; number += 1)
      host.deliver(Buffer.from(`Subject: mail ${String(number)}\r\n\r\nx\r\n`), { from: '', to: [] });
    expect([host.inbox.mails.length, host.mails, host.counts.dropped]).to.deep.equal([5000, 5000, many - 5000]);
    const [only, ...more] = await found(
      host.inbox.mails,
      `"mail ${String(many - 1)}"`,
      new Summaries(),
      () => new Set(),
    );
    expect([only?.uid, more.length]).to.deep.equal([many - 1, 0]);
  });

  it('bytes are bounded, too', () => {
    const host = hostOf(1000, 10_000);
    for (let number = 0; number < 100; number += 1) host.deliver(Buffer.alloc(999), { from: '', to: [] });
    expect([host.mails, host.bytes]).to.deep.equal([10, 9990]);
    expect(host.deliver(Buffer.alloc(10_001), { from: '', to: [] })).to.equal(undefined);
    expect([host.mails, host.counts.refused]).to.deep.equal([10, 1]);
  });
});
