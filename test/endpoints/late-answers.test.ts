import { expect } from 'chai';
import { duplexPair } from 'node:stream';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import { split, wait, type Tamper } from '../../src/endpoints/tamper.js';
import protocols from '../../src/protocols/index.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';

const HOUR = 3_600_000;

/** A conversation with a client that asks a hundred times at once for what is late, and leaves if so told; what it was answered. */
const asksOften = async (tamper: Tamper, leaves: 'at once' | 'by FIN' | false, idle: number): Promise<string> => {
  const [near, far] = duplexPair();
  let heard = '';
  near.on('error', () => undefined).on('data', (bytes: Buffer) => (heard += bytes.toString()));
  const canaries = canariesOf('late', 1);
  const inside = honestInside('smtp');
  const over = new Conversation({
    wire: new Wire(far, 'server', new Transcript(() => 0)),
    protocol: protocols.smtp,
    answerer: protocols.smtp.server(honestSettings('smtp', canaries, { inside, plaintext: 'refused' })),
    tls: () => {
      throw new Error('no TLS here');
    },
    tamper,
    context: {
      protocol: protocols.smtp,
      mode: 'starttls',
      ordinal: 1,
      portRole: 'submission',
      canaries,
      insideOffer: inside,
      variant: undefined,
    },
    idle,
  }).run();
  near.write('STARTTLS\r\n'.repeat(100));
  if (leaves !== false)
    setImmediate(() => {
      if (leaves === 'by FIN') near.end();
      else {
        near.destroy();
        far.destroy();
      }
    });
  await over;
  return heard;
};

const inTwo = (pause: number) => split([Buffer.from('454 4.7.0 '), Buffer.from('not now\r\n')], pause);

describe('a client that pipelines what is answered late', () => {
  for (const [what, action] of [
    ['an answer', wait(HOUR)],
    ['the rest of an answer', inTwo(HOUR)],
  ] as const)
    it(`holds no place for ${what} once it has left`, async () => {
      await asksOften({ starttls: () => [action] }, 'at once', 1000);
    });

  it('is not waited for, and told nothing more, once it has said that nothing more will come', async () => {
    const heard = await asksOften({ starttls: () => [inTwo(HOUR)] }, 'by FIN', 1000);
    expect(heard).to.contain('454 4.7.0 ');
    expect(heard).not.to.contain('not now');
  });

  for (const [what, action] of [
    ['an answer', wait(4000)],
    ['the rest of an answer', inTwo(4000)],
  ] as const)
    it(`is not made to wait for ${what} again and again`, async () => {
      // Faster than any clock: what is counted is what was to be waited.
      const { setTimeout: real } = globalThis;
      const waits: number[] = [];
      globalThis.setTimeout = ((over: () => void, ms: number) => {
        if (ms === 4000) waits.push(ms);
        return real(over, ms === 4000 ? 0 : ms);
      }) as typeof setTimeout;
      try {
        await asksOften({ starttls: () => [action] }, false, 50);
      } finally {
        globalThis.setTimeout = real;
      }
      expect(waits).to.have.length(4);
    });
});
