import { expect } from 'chai';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Dialogue } from '../../src/protocols/dialogue.js';
import protocols from '../../src/protocols/index.js';
import { portOf } from '../../src/protocols/port-roles.js';
import { Upstream, type ForwardedAnswer } from '../../src/proxy/upstream.js';
import { proxy } from '../../src/serving/named-proxy.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { Transcript } from '../../src/wire/transcript.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';

/** Says a line and resolves with what comes, up to `replies` final lines. */
const ask = (socket: Socket, line: string, replies = 1): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = '';
    const listen = (bytes: Buffer): void => {
      heard += bytes.toString('latin1');
      if ([...heard.matchAll(/^\d{3} .*\r\n/gm)].length < replies) return;
      socket.off('data', listen).off('close', end);
      resolve(heard);
    };
    const end = (): void => {
      reject(new Error(`ended after ${JSON.stringify(heard)}`));
    };
    socket.on('data', listen).on('close', end);
    if (line !== '') socket.write(line);
  });

describe('LMTP through a proxy', () => {
  it('both recipients are answered, and the next command by its own reply', async () => {
    await using server = await toyServer('lmtp');
    const { pem } = await toyAuthority();
    await using running = await proxy({ target: `lmtp://127.0.0.1:${String(server.port)}`, ca: pem });
    const plain = connect({ host: '127.0.0.1', port: running.port });
    await ask(plain, '');
    expect(await ask(plain, 'LHLO me\r\n')).to.include('STARTTLS');
    await ask(plain, 'STARTTLS\r\n');
    const sealed = connectTls({ socket: plain, ca: running.ca, servername: 'localhost' });
    await new Promise((resolve, reject) => sealed.once('secureConnect', resolve).once('error', reject));
    const { user, password } = canariesOf('toy server', 1);
    const login = Buffer.from(`\0${user}\0${password}`).toString('base64');
    expect(await ask(sealed, 'LHLO me\r\n')).to.not.include('STARTTLS');
    expect(await ask(sealed, `AUTH PLAIN ${login}\r\n`)).to.match(/^235 /);
    expect(await ask(sealed, 'MAIL FROM:<a@lab.test>\r\n')).to.match(/^250 /);
    expect(await ask(sealed, 'RCPT TO:<b@lab.test>\r\nRCPT TO:<c@lab.test>\r\n', 2)).to.match(/^250 .*\r\n250 /);
    expect(await ask(sealed, 'DATA\r\n')).to.match(/^354 /);
    expect(await ask(sealed, 'Subject: x\r\n\r\nx\r\n.\r\nVRFY b\r\n', 3)).to.match(/^250 .*\r\n250 .*\r\n252 /);
    expect(await ask(sealed, 'QUIT\r\n')).to.match(/^221 /);
    sealed.destroy();
  });

  it('a turn ends with the reply for the last recipient, however late it comes', async () => {
    const { certPem, keyPem } = await (await toyAuthority()).issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    const answers = async (line: string, socket: Socket): Promise<void> => {
      if (line === 'DATA') socket.write('354 go\r\n');
      else if (line !== '.') socket.write('250 x\r\n');
      else {
        socket.write('250 first\r\n');
        await opened;
        socket.write('452 second\r\n');
      }
    };
    const server = createTlsServer({ cert: certPem, key: keyPem }, (socket) => {
      socket.write('220 LMTP\r\n');
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        for (const line of bytes
          .toString('latin1')
          .split('\r\n')
          .filter((each) => each !== '' && each !== 'x'))
          void answers(line, socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const upstream = await Upstream.open({
      server: { host: '127.0.0.1', port, protocol: 'lmtp', tls: 'implicit' },
      transcript: new Transcript(() => 0),
      plaintext: 'served',
      patience: { connect: 10_000, handshake: 10_000, answer: 10_000 },
    });
    const dialogue = new Dialogue(protocols.lmtp);
    const said = async (text: string): Promise<ForwardedAnswer> => {
      dialogue.client(Buffer.from(text));
      const unit = dialogue.next()?.unit;
      if (unit === undefined) throw new Error(`${text} is no unit`);
      return upstream.answer(unit);
    };
    dialogue.server(Buffer.from('220 LMTP\r\n'));
    for (const line of ['MAIL FROM:<a>', 'RCPT TO:<b>', 'RCPT TO:<c>', 'DATA'])
      dialogue.server((await said(`${line}\r\n`)).bytes);
    const answer = await said('x\r\n.\r\n');
    expect(answer.bytes.toString()).to.equal('250 first\r\n');
    gate.open?.();
    const rest: Buffer[] = [];
    for await (const piece of answer.more ?? []) rest.push(piece);
    expect(Buffer.concat(rest).toString()).to.equal('452 second\r\n');
    upstream.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('port 24 is not looked at unless it is named', () => {
    expect(portOf('lmtp')).to.include({ port: 24, common: false });
  });
});
