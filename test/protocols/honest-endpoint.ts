import { createSecureContext } from 'node:tls';

import { Conversation } from '../../src/endpoints/conversation.js';
import { honestSettings } from '../../src/endpoints/honest.js';
import { Listener } from '../../src/endpoints/listener.js';
import type { Protocol, ServerSettings, TlsMode } from '../../src/protocols/protocol.js';
import type { Credential } from '../../src/tls/certificate-authority.js';
import { canariesOf, type Canaries } from '../../src/verdict/canaries.js';
import type { Transcript } from '../../src/wire/transcript.js';

/** An honest endpoint on loopback with what its clients said, decrypted. */
export interface HonestEndpoint extends AsyncDisposable {
  readonly port: number;
  readonly canaries: Canaries;
  /** What was said inside TLS and outside, by all clients so far. */
  readonly said: (where: 'inside' | 'outside') => string;
}

/** Serves one protocol in one mode with the given logins; no login works outside TLS. */
export const honestEndpoint = async (
  protocol: Protocol,
  mode: TlsMode,
  credential: Credential,
  logins: readonly string[],
  account: Partial<Pick<Canaries, 'user' | 'password'>> = {},
): Promise<HonestEndpoint> => {
  const canaries = { ...canariesOf('real clients', 1), ...account };
  const honest = honestSettings(protocol.name, canaries, { plaintext: 'refused' });
  const settings: ServerSettings = { ...honest, inside: { ...honest.inside, logins } };
  const context = createSecureContext({ cert: credential.certPem, key: credential.keyPem });
  const transcripts: Transcript[] = [];
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    clock: () => 0,
    serve: ({ wire, ordinal }) => {
      transcripts.push(wire.transcript);
      return new Conversation({
        wire,
        protocol,
        answerer: protocol.server(settings),
        tls: () => ({ context, trusted: true, timeout: 5000 }),
        tamper: {},
        context: {
          protocol,
          mode,
          ordinal,
          portRole: 'smtp',
          canaries,
          insideOffer: settings.inside,
          variant: undefined,
        },
        idle: 10_000,
      }).run();
    },
  });
  return {
    port: listener.port,
    canaries,
    said: (where) =>
      transcripts
        .flatMap(({ entries }) => entries)
        .map((entry) =>
          entry.kind === 'bytes' && entry.from === 'client' && entry.inside === (where === 'inside') ? entry.data : '',
        )
        .join(''),
    [Symbol.asyncDispose]: () => listener.stop(),
  };
};
