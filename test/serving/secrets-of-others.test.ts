import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:net';
import { serve } from '../../src/serving/named-serve.js';
import type { ServedVerdict } from '../../src/serving/serve.js';

/** Says lines in clear, and leaves. */
const say = async (port: number, ...lines: readonly string[]): Promise<void> => {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  socket.end(lines.map((line) => `${line}\r\n`).join(''));
  await once(socket, 'close');
};

describe('a password that a client says where its name or its ClientHello was due', () => {
  it('is told neither with its own verdicts nor with those on its other connections', async () => {
    const verdicts: ServedVerdict[] = [];
    let judged: () => void = () => undefined;
    await using server = await serve({
      protocol: 'imap',
      tls: 'implicit',
      scenario: 'certificate-*',
      onVerdict: (verdict) => {
        verdicts.push(verdict);
        judged();
      },
    });
    const port = server.endpoints[0]?.port ?? 0;
    for (const _ of [1, 2, 3]) {
      const next = new Promise<void>((resolve) => (judged = resolve));
      await say(
        port,
        'a AUTHENTICAT hunter2secret',
        'b LOGIN somebody "hunter2secret"',
        'c ID ("name" "hunter2secret")',
      );
      await next;
    }
    expect(verdicts.map(({ client }) => client)).to.not.include('');
    const told = verdicts
      .map(({ endpoint: _, ...verdict }) => JSON.stringify(verdict))
      .flatMap((text) => [...text.matchAll(/.{0,60}hunter2secret.{0,20}/g)].map(([found]) => found));
    expect(told).to.deep.equal([]);
  });

  it('is not told as the mechanism of its control', async () => {
    const verdicts: ServedVerdict[] = [];
    let judged: () => void = () => undefined;
    await using server = await serve({
      protocol: 'smtp',
      tls: 'starttls',
      scenario: 'starttls-not-offered',
      onVerdict: (verdict) => {
        verdicts.push(verdict);
        judged();
      },
    });
    const port = server.endpoints[0]?.port ?? 0;
    for (const _ of [1, 2]) {
      const next = new Promise<void>((resolve) => (judged = resolve));
      const login = Buffer.from('\0somebody\0hunter2secret').toString('base64');
      await say(
        port,
        'EHLO me.example',
        ...(verdicts.length === 0 ? [`AUTH PLAIN ${login}`, 'AUTH hunter2secret'] : ['QUIT']),
      );
      await next;
    }
    expect(verdicts[1]?.visit.control?.mechanisms).to.deep.equal(['PLAIN', 'xxxxxxxxxxxxx']);
    expect(JSON.stringify(verdicts.map(({ visit }) => visit))).to.not.include('hunter2secret');
  });
});
