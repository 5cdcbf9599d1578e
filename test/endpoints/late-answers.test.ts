import { duplexPair } from 'node:stream';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import { wait } from '../../src/endpoints/tamper.js';
import protocols from '../../src/protocols/index.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';

const HOUR = 3_600_000;

describe('a client that pipelines what is answered late', () => {
  it('holds no place once it has left', async () => {
    const [near, far] = duplexPair();
    near.on('error', () => undefined).resume();
    const canaries = canariesOf('late', 1);
    const inside = honestInside('smtp');
    const over = new Conversation({
      wire: new Wire(far, 'server', new Transcript(() => 0)),
      protocol: protocols.smtp,
      answerer: protocols.smtp.server(honestSettings('smtp', canaries, { inside, plaintext: 'refused' })),
      tls: () => {
        throw new Error('no TLS here');
      },
      tamper: { starttls: () => [wait(HOUR)] },
      context: {
        protocol: protocols.smtp,
        mode: 'starttls',
        ordinal: 1,
        portRole: 'submission',
        canaries,
        insideOffer: inside,
        variant: undefined,
      },
      idle: 1000,
    }).run();
    near.write('STARTTLS\r\n'.repeat(100));
    setImmediate(() => {
      near.destroy();
      far.destroy();
    });
    await over;
  });
});
