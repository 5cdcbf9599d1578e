import { createTransport } from 'nodemailer';
import { describeClient } from '../../src/mocha/index.js';

// Run by suite.test.ts in a mocha of its own.
for (const requireTLS of [true, false]) {
  describeClient(
    requireTLS ? 'careful' : 'careless',
    async ({ nodemailer, from, to, message }) => {
      const transport = createTransport({ ...nodemailer, requireTLS });
      await transport.sendMail({ envelope: { from, to }, raw: message }).finally(() => {
        transport.close();
      });
    },
    {
      protocol: 'smtp',
      tls: 'starttls',
      scenario: ['starttls-not-offered', 'starttls-hidden', 'starttls-not-offered-later/next-connection'],
      known: [{ case: 'starttls-hidden@*', status: 'unsafe', reason: 'the default of the library' }],
    },
  );
}
