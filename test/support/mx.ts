import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import { Listener } from '../../src/endpoints/listener.js';
import protocols from '../../src/protocols/index.js';
import type { Credential } from '../../src/tls/certificate-authority.js';
import { canariesOf } from '../../src/verdict/canaries.js';

/** What a TLSA record with selector 1 and matching type 1 holds. */
export const keyDigest = (pem: string): Buffer =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest();

/** A server for strangers' mail. */
export const mailServer = ({ certPem, keyPem }: Credential): Promise<Listener> => {
  const canaries = canariesOf('mx', 1);
  const protocol = protocols.smtp;
  const settings = honestSettings('smtp', canaries, { plaintext: 'refused', relay: true });
  const context = createSecureContext({ cert: certPem, key: keyPem });
  return Listener.open({
    host: '127.0.0.1',
    port: 0,
    clock: () => performance.now(),
    serve: (connection) =>
      new Conversation({
        wire: connection.wire,
        protocol,
        answerer: protocol.server(settings),
        tls: () => ({ context, trusted: true, timeout: 5000 }),
        tamper: {},
        context: {
          protocol,
          mode: 'starttls',
          ordinal: connection.ordinal,
          portRole: 'smtp',
          canaries,
          insideOffer: honestInside('smtp'),
          variant: undefined,
        },
        idle: 5000,
      }).run(),
  });
};
