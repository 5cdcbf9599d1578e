import { expect } from 'chai';
import { demonstrate, type DemoRow } from '../../src/demo/demo.js';

describe('the demonstration without optional packages', function () {
  this.timeout(60_000);

  it('uses the built-in client in their place, and says what is missing', async () => {
    const rows: DemoRow[] = [];
    await demonstrate(
      async (parts) => {
        for await (const row of parts.honest()) rows.push(row);
        const caught = await parts.caught();
        expect(caught.judgement.status).to.equal('unsafe');
        expect(parts.careless).to.equal('the built-in client, which falls back to plaintext');
        expect(parts.missing.filter((line) => !line.startsWith('curl'))).to.deep.equal([
          'nodemailer (npm install nodemailer) is not installed: the built-in client is used for SMTP',
          'imapflow (npm install imapflow) is not installed: the built-in client is used for IMAP',
        ]);
      },
      () => false,
    );
    expect(rows.map(({ judgement }) => judgement.status)).to.deep.equal(rows.map(() => 'safe'));
    expect(rows.map(({ client }) => client)).to.not.include.members(['nodemailer']);
  });
});
