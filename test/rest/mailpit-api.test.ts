import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { MailpitClient } from 'mailpit-api';
import { createTransport } from 'nodemailer';
import { openSite } from './site.js';
import { it } from '../support/in-turn.js';

describe('the npm package mailpit-api', () => {
  it('lists, reads, searches, tags, marks and deletes mails', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    await site.send({ subject: 'Größe', text: 'the first body' });
    await site.send({ subject: 'second', text: 'a needle in it', to: 'carl@lab.test' });

    const list = await mailpit.listMessages();
    expect(list.messages.map(({ Subject, Read }) => [Subject, Read])).to.deep.equal([
      ['second', false],
      ['Größe', false],
    ]);
    expect([list.total, list.unread, list.messages_count]).to.deep.equal([2, 2, 2]);
    expect((await mailpit.listMessages(1, 1)).messages.map(({ Subject }) => Subject)).to.deep.equal(['Größe']);
    const [, first] = list.messages;
    expect(first?.From).to.deep.equal({ Name: 'Anna', Address: 'anna@lab.test' });
    expect(first?.Snippet).to.equal('the first body');

    const message = await mailpit.getMessageSummary(first?.ID);
    expect([message.Subject, message.Text.trim(), message.ReturnPath]).to.deep.equal([
      'Größe',
      'the first body',
      'anna@lab.test',
    ]);
    expect((await mailpit.getMessageSummary('latest')).Subject).to.equal('second');
    expect(await mailpit.getMessageSource('latest')).to.include('a needle in it');
    expect((await mailpit.getMessageHeaders('latest'))['Subject']).to.deep.equal(['second']);
    expect(await mailpit.renderMessageText('latest')).to.include('a needle in it');

    for (const [query, subjects] of [
      ['needle', ['second']],
      ['subject:größe', ['Größe']],
      ['to:carl@lab.test', ['second']],
      ['-needle', ['Größe']],
      ['from:anna "first body"', ['Größe']],
      ['is:unread', []],
      ['nobody', []],
      ['constructor:x', []],
    ] as const)
      expect((await mailpit.searchMessages({ query })).messages.map(({ Subject }) => Subject)).to.deep.equal(subjects);
    await mailpit.setReadStatus({ Read: false, Search: 'needle' });
    expect((await mailpit.searchMessages({ query: 'is:unread' })).messages_count).to.equal(1);

    await mailpit.setTags({ IDs: [first?.ID ?? ''], Tags: ['one', 'two'] });
    await mailpit.renameTag('two', 'three');
    await mailpit.deleteTag('one');
    expect(await mailpit.getTags()).to.deep.equal(['three']);
    expect((await mailpit.searchMessages({ query: 'tag:three' })).messages_count).to.equal(1);

    await mailpit.deleteMessagesBySearch({ query: 'needle' });
    expect((await mailpit.listMessages()).total).to.equal(1);
    await mailpit.deleteMessages({ IDs: [first?.ID ?? ''] });
    const info = await mailpit.getInfo();
    expect([info.Messages, info.RuntimeStats.SMTPAccepted, info.RuntimeStats.MessagesDeleted]).to.deep.equal([0, 2, 2]);
    expect((await mailpit.getConfiguration()).ChaosEnabled).to.equal(true);
  });

  it('sends mails, waits for them, and reads their parts', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    const { ID } = await mailpit.sendMessage({
      From: { Email: 'anna@lab.test', Name: 'Anna "Ä"' },
      To: [{ Email: 'bert@lab.test' }],
      Bcc: ['hidden@lab.test'],
      Subject: 'with parts\r\nX-Added: no',
      Text: 'plain',
      HTML: '<b>bold</b>',
      Tags: ['sent'],
      Attachments: [
        { Filename: 'ü.txt', ContentType: 'text/plain', Content: Buffer.from('attached').toString('base64') },
      ],
    });
    const message = await mailpit.waitForMessage({ query: 'tag:sent' });
    expect([message.ID, message.Subject, message.Text, message.HTML]).to.deep.equal([
      ID,
      'with parts X-Added: no',
      'plain',
      '<b>bold</b>',
    ]);
    expect(message.From.Name).to.equal('Anna "Ä"');
    expect(message.Bcc.map(({ Address }) => Address)).to.deep.equal(['hidden@lab.test']);
    const [attachment] = message.Attachments;
    expect(attachment?.FileName).to.equal('ü.txt');
    const blob = await mailpit.getMessageAttachment(ID, attachment?.PartID ?? '');
    expect([blob.type, await blob.text()]).to.deep.equal(['text/plain', 'attached']);
    expect(await mailpit.renderMessageHTML(ID)).to.equal('<b>bold</b>');
    expect((await mailpit.listMessages()).messages[0]?.Attachments).to.equal(1);
  });

  it('waits for a number of mails', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    expect((await mailpit.waitForMessages({ count: 0 })).messages_count).to.equal(0);
    const waiting = mailpit.waitForMessages({ query: 'subject:due', count: 2 }, { interval: 20 });
    for (const subject of ['due', 'other', 'due']) await site.send({ subject });
    expect((await waiting).messages.map(({ Subject }) => Subject)).to.deep.equal(['due', 'due']);
  });

  it('has no method that these tests do not call', () => {
    const folder = new URL('.', import.meta.url);
    const called = ['mailpit-api', 'mailpit-checks', 'thumbnail/thumbnail', 'html-check/check']
      .map((name) => readFileSync(new URL(`${name}.test.ts`, folder), 'utf8'))
      .join('');
    const methods = Object.getOwnPropertyNames(MailpitClient.prototype).filter(
      // The second is what all others call.
      (name) => !['constructor', 'request'].includes(name),
    );
    expect(methods.length).to.equal(27);
    expect(methods.filter((name) => !called.includes(`.${name}(`))).to.deep.equal([]);
  });

  it('says which member of a body is wrong', async () => {
    await using site = await openSite();
    const send = async (body: unknown): Promise<string> => {
      const answer = await fetch(`${site.http.url}api/v1/send`, { method: 'POST', body: JSON.stringify(body) });
      return `${String(answer.status)} ${(await answer.text()).trim()}`;
    };
    expect(await send({ From: { Email: 'anna@lab.test' } })).to.equal('400 the body has no To');
    expect(await send({ From: { Email: 1 }, To: [] })).to.equal('400 the body/From/Email must be a string');
  });

  it('sets chaos triggers, which SMTP follows', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    const set = await mailpit.setChaosTriggers({ Recipient: { ErrorCode: 452, Probability: 100 } });
    expect(set.Recipient).to.deep.equal({ ErrorCode: 452, Probability: 100 });
    expect((await mailpit.getChaosTriggers()).Sender.Probability).to.equal(0);
    const refused = await site.send({ subject: 'x' }).catch((error: unknown) => error);
    expect(refused).to.have.property('responseCode', 452);
    await mailpit.setChaosTriggers();
    await site.send({ subject: 'x' });
    expect((await mailpit.getInfo()).Messages).to.equal(1);
  });
});

describe('chaos triggers of TLS', () => {
  const put = async (url: string, body: unknown): Promise<Response> =>
    fetch(`${url}api/v1/chaos`, { method: 'PUT', body: JSON.stringify(body) });

  for (const [trigger, mode, error, played] of [
    ['starttls', 'refused', /STARTTLS/, /^starttls-refused/],
    ['starttls', 'hidden', undefined, /^starttls-hidden/],
    ['starttls', 'stripped', /STARTTLS/, /^starttls-not-offered/],
    ['starttls', 'injected', undefined, /^starttls-response-injection/],
    ['handshake', 'failing', /disconnected|closed|reset|TLS/, /^handshake-broken-off/],
    ['certificate', 'expired', /expired/, /^certificate-fault\/expired/],
    ['certificate', 'wrong-name', /altnames/, /^certificate-fault\/wrong-name/],
    ['certificate', 'self-signed', /self-signed/, /^certificate-fault\/self-signed/],
    ['certificate', 'unknown-issuer', /verify|issuer|certificate/, /^certificate-fault\/unknown-issuer/],
    ['greeting', 'late', undefined, /^answers-come-late\/greeting/],
  ] as const)
    it(`${trigger} ${mode} plays ${String(played)}, and the connection gets its verdict`, async () => {
      await using site = await openSite();
      const answer = await put(site.http.url, { [trigger]: { Mode: mode, Probability: 100 } });
      expect(answer.status).to.equal(200);
      const thrown: unknown = await site.send({ subject: 'x' }).catch((caught: unknown) => caught);
      if (error === undefined) expect(thrown === undefined || thrown instanceof Error).to.equal(true);
      else expect((thrown as Error).message).to.match(error);
      await site.all.served.conclude();
      const told = (await (await fetch(`${site.http.url}api/v1/verdicts`)).json()) as {
        readonly verdicts: readonly { readonly case: string; readonly status: string }[];
      };
      expect(told.verdicts[0]?.case).to.match(played);
    });

  it('hits the same connections again for the same seed', async () => {
    await using site = await openSite();
    const hits = async (seed: string): Promise<string> => {
      await put(site.http.url, { seed, sender: { Probability: 50 } });
      const { host, port } = site.at('smtp');
      const transport = createTransport({ host, port, tls: { ca: site.all.served.ca }, pool: true });
      let marks = '';
      for (let turn = 0; turn < 12; turn += 1)
        marks += await transport.sendMail({ from: 'a@lab.test', to: 'b@lab.test', text: 'x' }).then(
          () => '.',
          () => 'x',
        );
      transport.close();
      return marks;
    };
    const once = await hits('7');
    expect(once).to.match(/x/).and.match(/\./);
    expect(await hits('7')).to.equal(once);
    expect(await hits('8')).not.to.equal(once);
  });

  for (const [body, message] of [
    [{ tls: {} }, /no trigger "tls"/],
    [{ starttls: { Mode: 'gone' } }, /StartTLS\.Mode must be one of refused, hidden, stripped, injected/],
    [{ starttls: { Probability: 101 } }, /StartTLS\.Probability/],
    [{ sender: { ErrorCode: 200 } }, /Sender\.ErrorCode/],
    [[], /JSON object/],
  ] as const)
    it(`refuses ${JSON.stringify(body)}`, async () => {
      await using site = await openSite();
      const answer = await put(site.http.url, body);
      expect([answer.status, await answer.text()]).to.satisfy(
        ([status, text]: [number, string]) => status === 400 && message.test(text),
      );
    });
});
