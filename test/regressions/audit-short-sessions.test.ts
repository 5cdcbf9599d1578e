import { expect } from 'chai';
import { createSecureContext, TLSSocket } from 'node:tls';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import { audited, said, type Play } from '../support/played-server.js';
import { sideBySide } from '../support/side-by-side.js';

// Sendmail's tickets can be used for one second: when they were offered, it was over, and the audit said that none is taken.

/** IMAP over TLS 1.2. The ticket of its first session is worth nothing later; with `never`, no ticket is. */
const forgetful = async (never: boolean): Promise<Play> => {
  const { certificate } = await certificateFor('good');
  let sessions = 0;
  return (socket) => {
    const inside = new TLSSocket(socket, {
      isServer: true,
      secureContext: createSecureContext({
        cert: certificate.certPem,
        key: certificate.keyPem,
        maxVersion: 'TLSv1.2',
        ticketKeys: Buffer.alloc(48, never ? sessions : Math.min(sessions, 1)),
      }),
    });
    inside.on('error', () => undefined);
    inside.once('secure', () => {
      sessions += 1;
      inside.write('* OK ready\r\n');
    });
    inside.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('latin1').split('\r\n').filter(Boolean)) {
        const [tag = '*', verb] = line.split(' ');
        inside.write(`${verb === 'CAPABILITY' ? '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n' : ''}${tag} OK done\r\n`);
      }
    });
  };
};

describe('a session that is too old when it is offered', () => {
  const it = sideBySide();
  for (const [title, never, verdict] of [
    ['is asked for anew: the server takes what it gave last', false, /^pass: sessions are resumed/],
    ['and whose successors are not taken either: none is resumed', true, /^info: .*resumes none/],
  ] as const)
    it(title, async () => {
      const told = said(await audited('imaps', await forgetful(never), ['session-not-resumed'], { depth: 'full' }));
      expect(told['session-not-resumed']).to.match(verdict);
    }).timeout(30_000);

  it('is no proof that a short session id is answered rightly', async () => {
    const told = said(await audited('imaps', await forgetful(false), ['ticketbleed'], { depth: 'full' }));
    expect(told['ticketbleed']).to.match(/^pass: a session id of 16 octets comes back with as many/);
  }).timeout(30_000);
});
