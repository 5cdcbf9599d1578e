import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { expect } from 'chai';
import { MailpitClient } from 'mailpit-api';
import { checkedLinks } from '../../src/rest/link-check.js';
import { linksIn } from '../../src/rest/links-in.js';
import { relayOf, spamAssassinOf } from '../../src/rest/services.js';
import { reportIn } from '../../src/rest/spam-report.js';
import { openSite } from './site.js';
import { it } from '../support/in-turn.js';

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const thrownBy = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error as Error).message,
  );

describe('releasing a mail', () => {
  it('hands it to the relay, where it can be read; with a new date and identifier, without Bcc', async () => {
    await using other = await openSite();
    const { host, port } = other.at('smtp');
    await using site = await openSite({}, {}, { relay: relayOf(`smtp://${host}:${String(port)}`, false) });
    const mailpit = new MailpitClient(site.http.url);
    await site.send({
      raw: [
        'From: Anna <anna@lab.test>',
        'To: bert@lab.test',
        'Bcc: hidden@lab.test',
        'Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe?=',
        'Message-ID: <first@lab.test>',
        'Date: Thu, 1 Jan 2026 00:00:00 +0000',
        '',
        '.a dot, and ü',
        '.',
        'the end',
      ].join('\r\n'),
    });
    const { MessageRelay } = await mailpit.getConfiguration();
    expect([MessageRelay.Enabled, MessageRelay.SMTPServer]).to.deep.equal([true, `${host}:${String(port)}`]);
    expect(await mailpit.releaseMessage('latest', { To: ['carl@lab.test', 'Dora <dora@lab.test>'] })).to.equal('ok');

    const there = await new MailpitClient(other.http.url).getMessageSummary();
    expect([there.Subject, there.From.Address, there.ReturnPath]).to.deep.equal([
      'Größe',
      'anna@lab.test',
      'anna@lab.test',
    ]);
    expect(there.Text.trim().split(/\r?\n/)).to.deep.equal(['.a dot, and ü', '.', 'the end']);
    expect(there.Bcc.map(({ Address }) => Address)).to.deep.equal(['carl@lab.test', 'dora@lab.test']);
    expect(there.MessageID).to.match(/^[0-9a-f]{24}@lab\.test$/);
    expect(there.Date.startsWith('2026-01-01')).to.equal(false);
  });

  it('starts TLS where it is asked to, and believes no certificate that it cannot verify', async () => {
    await using other = await openSite();
    const { port } = other.at('submissions');
    await using site = await openSite({}, {}, { relay: relayOf(`smtps://localhost:${String(port)}`, false) });
    await site.send({ subject: 'x' });
    expect(
      await thrownBy(new MailpitClient(site.http.url).releaseMessage('latest', { To: ['carl@lab.test'] })),
    ).to.match(/400 .*SMTP error: localhost:\d+: .*certificate/);
    const { port: upgraded } = other.at('submission');
    await using second = await openSite({}, {}, { relay: { host: 'localhost', port: upgraded, tls: 'starttls' } });
    await second.send({ subject: 'x' });
    expect(
      await thrownBy(new MailpitClient(second.http.url).releaseMessage('latest', { To: ['carl@lab.test'] })),
    ).to.match(/400 .*SMTP error: .*certificate/);
    expect(other.all.mail.inbox.mails.length).to.equal(0);
  });

  it('says what is missing or wrong', async () => {
    await using other = await openSite();
    await using without = await openSite();
    await using site = await openSite({}, {}, { relay: { ...other.at('submission'), tls: 'none' } });
    for (const each of [site, without]) await each.send({ subject: 'x' });
    const mailpit = new MailpitClient(site.http.url);
    const to = (...To: string[]): Promise<string> => thrownBy(mailpit.releaseMessage('latest', { To }));
    expect(
      await thrownBy(new MailpitClient(without.http.url).releaseMessage('latest', { To: ['a@lab.test'] })),
    ).to.match(/400 .*SMTP error: no relay is configured; start waxseal with --relay smtp:\/\/HOST:PORT/);
    expect(await to()).to.match(/400 .*No valid addresses found/);
    expect(await to('nobody')).to.match(/400 .*Invalid email address: nobody/);
    expect(await to('a@lab.test>\r\nRCPT TO:<b@lab.test')).to.match(/400 .*Invalid email address/);
    // Submission takes no mail without TLS: what the relay says comes back.
    expect(await to('a@lab.test')).to.match(/400 .*SMTP error: .*: MAIL FROM:<anna@lab\.test> was refused: 5/);
    expect(await thrownBy(mailpit.releaseMessage('none', { To: ['a@lab.test'] }))).to.match(/404/);
    const gone = createServer();
    const port = await listening(gone);
    gone.close();
    await using alone = await openSite({}, {}, { relay: { host: '127.0.0.1', port, tls: 'none' } });
    await alone.send({ subject: 'x' });
    expect(await thrownBy(new MailpitClient(alone.http.url).releaseMessage('latest', { To: ['a@lab.test'] }))).to.match(
      /SMTP error: .*ECONNREFUSED/,
    );
  });

  for (const [text, relay] of [
    ['smtp://127.0.0.1:2526', { host: '127.0.0.1', port: 2526, tls: 'none' }],
    ['smtp://localhost', { host: 'localhost', port: 25, tls: 'none' }],
    ['smtps://[::1]:465', { host: '::1', port: 465, tls: 'implicit' }],
    ['smtp://mail.example.test:587', { host: 'mail.example.test', port: 587, tls: 'starttls' }],
  ] as const)
    it(`reads ${text}`, () => {
      expect(relayOf(text, true)).to.deep.equal(relay);
    });
});

describe('the link check', () => {
  it('asks this machine with HEAD, once for each link, and no other machine', async () => {
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(`${String(request.method)} ${String(request.url)}`);
      if (request.url === '/moved') response.writeHead(302, { location: '/here' });
      else if (request.url === '/away') response.writeHead(302, { location: 'http://192.0.2.1/' });
      else if (request.url === '/round') response.writeHead(302, { location: '/round' });
      else if (request.url === '/gone') response.writeHead(404);
      response.end();
    });
    const port = await listening(server);
    const at = (path: string): string => `http://127.0.0.1:${String(port)}${path}`;
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    await mailpit.sendMessage({
      From: { Email: 'anna@lab.test' },
      To: [{ Email: 'bert@lab.test' }],
      HTML: `<a href="${at('/here')}">x</a><img src="${at('/gone')}"><a href="mailto:a@lab.test">y</a><a href="${at('/moved')}">z</a>`,
      Text: `See ${at('/here')}, ${at('/away')} or http://mail.example.test/. And http://localhost:${String(port)}/name`,
    });
    const { Errors, Links } = await mailpit.linkCheck();
    expect(Links.map(({ URL, StatusCode, Status }) => [URL, StatusCode, Status.split(':')[0]])).to.deep.equal([
      [at('/here'), 200, 'OK'],
      [at('/gone'), 404, 'Not Found'],
      [at('/moved'), 302, 'Found'],
      [at('/away'), 302, 'Found'],
      ['http://mail.example.test/', 451, 'Blocked'],
      [`http://localhost:${String(port)}/name`, 200, 'OK'],
    ]);
    expect(Errors).to.equal(2);
    expect(asked.toSorted()).to.deep.equal(['HEAD /away', 'HEAD /gone', 'HEAD /here', 'HEAD /moved', 'HEAD /name']);
    const followed = await mailpit.linkCheck('latest', true);
    expect(followed.Links.map(({ StatusCode }) => StatusCode)).to.deep.equal([200, 404, 200, 451, 451, 200]);
    const round = await checkedLinks('', at('/round'), { follows: true, isAnywhere: false });
    expect(round.Links.map(({ Status }) => Status)).to.deep.equal(['too many redirects']);
    server.close();
    const closed = await checkedLinks('', at('/here'), { follows: false, isAnywhere: true });
    expect(closed.Links.map(({ StatusCode, Status }) => [StatusCode, Status])).to.deep.equal([
      [0, 'connection refused'],
    ]);
  });

  it('finds links in HTML and in text, the first hundred', () => {
    expect(
      linksIn('<link rel="stylesheet" href="https://a.test/x.css"><link rel="icon" href="https://a.test/i">', ''),
    ).to.deep.equal(['https://a.test/x.css']);
    expect(
      linksIn('<a href=" HTTP://a.test ">x</a><a href="/relative">y</a>', '<http://b.test/fol\r\n ded>'),
    ).to.deep.equal(['HTTP://a.test', 'http://b.test/folded']);
    expect(
      linksIn('', Array.from({ length: 300 }, (_, at) => `http://a.test/${String(at)}`).join(' ')).length,
    ).to.equal(100);
  });

  for (const link of ['http://user@127.0.0.1/', 'http://[::1', 'http://127.0.0.1:99999/'])
    it(`takes ${link} for no link`, async () => {
      const { Links } = await checkedLinks(`<a href="${link}">x</a>`, '', { follows: false, isAnywhere: true });
      expect(Links).to.deep.equal([{ URL: link, StatusCode: 0, Status: 'invalid URL' }]);
    });
});

describe('the SpamAssassin check', () => {
  it('asks a spamd with the mail, and gives its verdict and rules', async () => {
    let heard = '';
    const spamd = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (bytes) => (heard += bytes.toString()));
      socket.on('end', () => socket.end(ANSWER));
    });
    const port = await listening(spamd);
    await using site = await openSite({}, {}, { spamAssassin: spamAssassinOf(`127.0.0.1:${String(port)}`, false) });
    const mailpit = new MailpitClient(site.http.url);
    await site.send({ subject: 'win money' });
    expect((await mailpit.getConfiguration()).SpamAssassin).to.equal(true);
    const report = await mailpit.spamAssassinCheck();
    spamd.close();
    const [, length = '', mail = ''] = /^REPORT SPAMC\/1\.5\r\nContent-length: (\d+)\r\n\r\n([^]*)$/.exec(heard) ?? [];
    expect(Buffer.byteLength(mail)).to.equal(Number(length));
    expect(mail).to.include('Subject: win money');
    expect(report).to.deep.equal({
      Error: '',
      IsSpam: true,
      Score: 1003.3,
      Rules: [
        { Score: 2.7, Name: 'MISSING_DATE', Description: 'Missing Date: header' },
        { Score: -0.1, Name: 'NO_RELAYS', Description: 'Informational: message was not relayed via SMTP' },
        { Score: 1000, Name: 'GTUBE', Description: 'BODY: Generic Test for Unsolicited Bulk Email' },
      ],
    });
    expect(await mailpit.spamAssassinCheck()).to.deep.equal({
      Error: `spamd at 127.0.0.1:${String(port)}: connect ECONNREFUSED 127.0.0.1:${String(port)}`,
      IsSpam: false,
      Score: 0,
      Rules: null,
    });
  });

  it('says which option is missing', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    await site.send({ subject: 'x' });
    expect((await mailpit.getConfiguration()).SpamAssassin).to.equal(false);
    expect(await thrownBy(mailpit.spamAssassinCheck())).to.match(/404 .*start waxseal with --spamassassin HOST:PORT/);
  });

  for (const [answer, message] of [
    ['', /that is no answer of spamd/],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /that is no answer of spamd/],
    ['SPAMD/1.5 76 Bad header line: x\r\n', /Bad header line/],
    ['SPAMD/1.5 0 EX_OK\r\n\r\n', /no line "Spam:"/],
  ] as const)
    it(`does not believe ${JSON.stringify(answer)}`, () => {
      expect(() => reportIn(answer)).to.throw(message);
    });
});

/** As SpamAssassin 4.0.1 answers, its preview left out. */
const ANSWER = [
  'SPAMD/1.1 0 EX_OK',
  'Content-length: 870',
  'Spam: True ; 1003.3 / 5.0',
  '',
  'Content analysis details:   (1003.3 points, 5.0 required)',
  '',
  ' pts rule name              description',
  '---- ---------------------- --------------------------------------------------',
  ' 2.7 MISSING_DATE           Missing Date: header',
  '-0.1 NO_RELAYS              Informational: message was not relayed',
  '                            via SMTP',
  '1000 GTUBE                  BODY: Generic Test for Unsolicited Bulk Email',
  '',
  '',
].join('\n');
