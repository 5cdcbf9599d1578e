import { expect } from 'chai';
import { MailpitClient } from 'mailpit-api';
import { openSite } from './site.js';
import { startForeground } from '../support/foreground-daemon.js';
import { requireReal } from '../support/real.js';

describe('the SpamAssassin check', function () {
  this.timeout(60_000);

  it('gives what spamd says of a mail', async function () {
    requireReal(this, 'spamd');
    await using spamd = await startForeground({
      address: '127.0.0.1',
      ports: 1,
      files: () => ({}),
      // Without the network, and without anybody's preferences.
      command: (folder, [port]) => [
        'spamd',
        ...['--local', '--nouser-config', '--syslog=stderr', '--max-children=1', '--listen=127.0.0.1'],
        ...[`--port=${String(port)}`, `--helper-home-dir=${folder}`],
      ],
      env: (folder) => ({ HOME: folder }),
    });
    const [port = 0] = spamd.ports;
    await using site = await openSite({}, {}, { spamAssassin: { host: '127.0.0.1', port } });
    const mailpit = new MailpitClient(site.http.url);
    await site.send({ subject: 'lunch', text: 'at noon?' });
    const ham = await mailpit.spamAssassinCheck();
    expect([ham.Error, ham.IsSpam]).to.deep.equal(['', false]);
    // The line that every SpamAssassin takes for spam.
    await site.send({
      subject: 'win money',
      text: 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X',
    });
    const spam = await mailpit.spamAssassinCheck();
    expect([spam.Error, spam.IsSpam, spam.Score > 900]).to.deep.equal(['', true, true]);
    expect(spam.Rules?.find(({ Name }) => Name === 'GTUBE')).to.deep.equal({
      Score: 1000,
      Name: 'GTUBE',
      Description: 'BODY: Generic Test for Unsolicited Bulk Email',
    });
  });
});
