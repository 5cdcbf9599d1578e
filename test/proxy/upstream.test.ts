import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { expect } from 'chai';

import { Fault } from '../../src/fault.js';
import type { ClientUnit, Command, ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import protocols from '../../src/protocols/index.js';
import { Upstream, type ForwardedAnswer } from '../../src/proxy/upstream.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import { createSecureContext } from 'node:tls';

/** A server that is scripted line by line; every byte that it says is said by hand. */
interface Scripted extends AsyncDisposable {
  readonly port: number;
}

const scripted = async (play: (socket: Socket) => void | Promise<void>): Promise<Scripted> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void play(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Enough for a busy machine; tests of silence have less. */
const PATIENT = { connect: 10_000, handshake: 10_000, answer: 10_000 };

const open = (port: number, protocol: ProtocolName, tls: TlsMode = 'starttls', patience = PATIENT): Promise<Upstream> =>
  Upstream.open({
    server: { host: '127.0.0.1', port, protocol, tls },
    transcript: new Transcript(() => 0),
    plaintext: 'served',
    patience,
  });

const faultOf = async (opening: Promise<Upstream>): Promise<Fault> => {
  try {
    const upstream = await opening;
    upstream.destroy();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it opened');
};

describe('A real server that is none', () => {
  const ROWS: readonly {
    readonly title: string;
    readonly play: (socket: Socket) => void;
    readonly protocol: ProtocolName;
    readonly tls?: TlsMode;
    readonly code: string;
    readonly says: RegExp;
  }[] = [
    {
      title: 'says nothing',
      play: () => undefined,
      protocol: 'imap',
      code: 'TIMED_OUT',
      says: /waited .* for a greeting .* 0 bytes; is it a port for STARTTLS\?/,
    },
    {
      title: 'speaks another protocol',
      play: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      protocol: 'imap',
      code: 'UNREACHABLE',
      says: /sent .*“HTTP\/1\.1 400 Bad Request.* instead of an IMAP greeting/,
    },
    {
      title: 'greets with a refusal',
      play: (socket) => socket.write('554 no service\r\n'),
      protocol: 'smtp',
      code: 'UNREACHABLE',
      says: /554 no service/,
    },
    {
      title: 'sends garbage',
      play: (socket) => socket.write(Buffer.from([1, 2, 0, 255, 10, 13, 10])),
      protocol: 'pop3',
      code: 'UNREACHABLE',
      says: /\\x01\\x02\\x00\\xff/,
    },
    {
      title: 'never ends its greeting',
      play: (socket) => socket.write('220-'.padEnd(100_000, 'x')),
      protocol: 'smtp',
      code: 'UNREACHABLE',
      says: /bytes of something else/,
    },
    {
      title: 'goes at once',
      play: (socket) => socket.end(),
      protocol: 'managesieve',
      code: 'UNREACHABLE',
      says: /sent nothing instead of .*, then the end of the connection/,
    },
    {
      title: 'has no upgrade',
      play: (socket) => {
        socket.write('+OK ready\r\n');
        socket.on('data', (bytes) =>
          socket.write(bytes.toString().startsWith('CAPA') ? '+OK\r\nUSER\r\n.\r\n' : '-ERR what\r\n'),
        );
      },
      protocol: 'pop3',
      code: 'UNREACHABLE',
      says: /sent .*“-ERR what”.* instead of a go-ahead to STLS \(the proxy needs a server that offers TLS\)/,
    },
    {
      title: 'gives the go-ahead and no TLS',
      play: (socket) => {
        socket.write('220 ready\r\n');
        socket.on('data', (bytes) =>
          socket.write(bytes.toString().startsWith('EHLO') ? '250-x\r\n250 STARTTLS\r\n' : '220 go\r\n'),
        );
      },
      protocol: 'smtp',
      code: 'UNREACHABLE',
      says: /the TLS handshake with the real server .* failed/,
    },
    {
      title: 'speaks in clear where TLS is due',
      play: (socket) => socket.write('* OK ready\r\n'),
      protocol: 'imap',
      tls: 'implicit',
      code: 'UNREACHABLE',
      says: /is it a port for TLS from the first byte\?/,
    },
  ];

  for (const { title, play, protocol, tls, code, says } of ROWS) {
    it(`${title}: ${code}`, async () => {
      await using server = await scripted((socket) => {
        play(socket);
      });
      const fault = await faultOf(open(server.port, protocol, tls, { connect: 10_000, handshake: 1000, answer: 1000 }));
      expect(fault.message).to.match(says);
      expect(fault.code).to.equal(code);
    });
  }

  it('is not there: UNREACHABLE', async () => {
    const gone = await scripted(() => undefined);
    await gone[Symbol.asyncDispose]();
    const fault = await faultOf(open(gone.port, 'imap'));
    expect(fault.code).to.equal('UNREACHABLE');
    expect(fault.message).to.match(/ECONNREFUSED.*is it running/);
  });
});

describe('A real server inside TLS', () => {
  let authority: Authority;

  before(async () => {
    authority = await createAuthority();
  });

  /** An IMAP server of implicit TLS: it greets, lists, and then answers by the given rule. */
  const imapServer = async (
    answer: (line: string, write: (text: string) => Promise<void>, wire: Wire) => Promise<void>,
  ): Promise<Scripted> => {
    const { certPem, keyPem } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    return scripted(async (socket) => {
      const wire = new Wire(socket, 'server', new Transcript(() => 0));
      const write = (text: string): Promise<void> => wire.write(Buffer.from(text, 'latin1'));
      const boundary = await wire.acceptTls({
        context: createSecureContext({ cert: certPem, key: keyPem }),
        trusted: true,
        timeout: 1000,
      });
      if (!boundary.completed) return;
      await write('* OK ready\r\n');
      for (;;) {
        const event = await wire.read(5000);
        if (event?.kind !== 'bytes') return;
        const line = event.bytes.toString('latin1');
        if (line.startsWith('W3 ')) await write('* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\nW3 OK done\r\n');
        else await answer(line, write, wire);
      }
    });
  };

  const command = (text: string): Command =>
    protocols.imap.readCommand(Buffer.from(text, 'latin1'), 9)?.value as Command;

  const whole = async ({ bytes, more }: ForwardedAnswer): Promise<string> => {
    const pieces = [bytes];
    if (more !== undefined) for await (const piece of more) pieces.push(piece);
    return Buffer.concat(pieces).toString('latin1');
  };

  it('greets a client that is inside TLS from the first byte with what the server says inside, not before STARTTLS', async () => {
    const { certPem, keyPem } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    await using server = await scripted(async (socket) => {
      const wire = new Wire(socket, 'server', new Transcript(() => 0));
      const write = (text: string): Promise<void> => wire.write(Buffer.from(text, 'latin1'));
      await write('* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n');
      for (;;) {
        const event = await wire.read(5000);
        if (event?.kind !== 'bytes') return;
        const line = event.bytes.toString('latin1');
        if (line.startsWith('W1 ')) await write('* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nW1 OK done\r\n');
        if (line.startsWith('W3 ')) await write('* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\nW3 OK done\r\n');
        if (!line.startsWith('W2 ')) continue;
        await write('W2 OK begin\r\n');
        await wire.acceptTls({
          context: createSecureContext({ cert: certPem, key: keyPem }),
          trusted: true,
          timeout: 5000,
        });
      }
    });
    const upstream = await open(server.port, 'imap', 'starttls');
    expect(upstream.greeting().toString('latin1')).to.include('STARTTLS');
    upstream.startInside();
    expect(upstream.greeting().toString('latin1'))
      .to.include('AUTH=PLAIN')
      .and.not.match(/STARTTLS|LOGINDISABLED/);
    upstream.destroy();
  });

  /** What the server says in clear and inside TLS, and what a client inside from the first byte must not hear or must. */
  const SIDES: readonly {
    readonly title: string;
    readonly protocol: ProtocolName;
    readonly outside: readonly [greeting: string, list: string, goAhead: string];
    readonly inside: readonly [greeting: string, list: string];
    readonly question: string;
    readonly never: RegExp;
    readonly says: string;
  }[] = [
    {
      title: 'SMTP, other logins and a host name of each side',
      protocol: 'smtp',
      outside: ['220 h STARTTLS first\r\n', '250-outside.test\r\n250 STARTTLS\r\n', '220 go\r\n'],
      inside: ['', '250-inside.test\r\n250 AUTH PLAIN\r\n'],
      question: 'EHLO me\r\n',
      never: /outside\.test|250.STARTTLS/,
      says: 'AUTH PLAIN',
    },
    {
      title: 'POP3, no login in clear',
      protocol: 'pop3',
      outside: ['+OK ready\r\n', '+OK\r\nSTLS\r\n.\r\n', '+OK begin\r\n'],
      inside: ['', '+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n'],
      question: 'CAPA\r\n',
      never: /STLS/,
      says: 'SASL PLAIN',
    },
    {
      title: 'ManageSieve, whose greeting is a list',
      protocol: 'managesieve',
      outside: ['"SASL" ""\r\n"STARTTLS"\r\n"VERSION" "1.0"\r\nOK\r\n', '', 'OK go\r\n'],
      inside: ['"SASL" "PLAIN"\r\n"VERSION" "1.0"\r\nOK\r\n', '"SASL" "PLAIN"\r\n"VERSION" "1.0"\r\nOK\r\n'],
      question: 'CAPABILITY\r\n',
      never: /STARTTLS|"SASL" ""/,
      says: '"SASL" "PLAIN"',
    },
  ];
  for (const { title, protocol, outside, inside, question, never, says } of SIDES) {
    it(`a client inside TLS from the first byte hears what is said there: ${title}`, async () => {
      const { certPem, keyPem } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
      await using server = await scripted(async (socket) => {
        const wire = new Wire(socket, 'server', new Transcript(() => 0));
        const write = (text: string): Promise<void> => wire.write(Buffer.from(text, 'latin1'));
        await write(outside[0]);
        for (;;) {
          const event = await wire.read(5000);
          if (event?.kind !== 'bytes') return;
          const line = event.bytes.toString('latin1');
          if (!/STARTTLS|STLS/.test(line)) {
            await write(wire.inside ? inside[1] : outside[1]);
            continue;
          }
          await write(outside[2]);
          await wire.acceptTls({
            context: createSecureContext({ cert: certPem, key: keyPem }),
            trusted: true,
            timeout: 5000,
          });
          await write(inside[0]);
        }
      });
      const upstream = await open(server.port, protocol, 'starttls');
      upstream.startInside();
      const unit = protocols[protocol].readCommand(Buffer.from(question, 'latin1'), 0)?.value as Command;
      const greeting = upstream.greeting().toString('latin1');
      const list = await whole(await upstream.answer(unit));
      upstream.destroy();
      expect(list).to.include(says).and.not.match(never);
      expect(greeting).not.to.match(/^"STARTTLS"|"SASL" ""/m);
      if (protocol === 'managesieve') expect(greeting).to.include(says);
    });
  }

  it('answers with all untagged data, however it is cut', async () => {
    const reply = '* 1 EXISTS\r\n* 1 FETCH (BODY[] {12}\r\na1 OK no end\r\n)\r\na1 OK done\r\n';
    await using server = await imapServer(async (_line, write) => {
      for (const byte of reply) await write(byte);
    });
    const upstream = await open(server.port, 'imap', 'implicit');
    expect(await whole(await upstream.answer(command('a1 FETCH 1 BODY[]\r\n')))).to.equal(reply);
    upstream.destroy();
  });

  it('passes a large reply on in pieces, before its end has come', async () => {
    const size = 3 * 1024 * 1024;
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    await using server = await imapServer(async (_line, write) => {
      await write(`* 1 FETCH (BODY[] {${size}}\r\n${'x'.repeat(1000)}`);
      await opened;
      await write(`${'x'.repeat(size - 1000)})\r\na1 OK done\r\n`);
    });
    const upstream = await open(server.port, 'imap', 'implicit');
    const answer = await upstream.answer(command('a1 FETCH 1 BODY[]\r\n'));
    expect(answer.bytes.length).to.be.lessThan(2000);
    expect(answer.more).to.not.equal(undefined);
    gate.open?.();
    expect((await whole(answer)).length).to.be.greaterThan(size);
    upstream.destroy();
  });

  it('sends a literal once: its announcement, then the rest', async () => {
    const heard: string[] = [];
    await using server = await imapServer(async (line, write) => {
      heard.push(line);
      await write(line.includes('{3}') ? '+ go on\r\n' : 'a1 OK done\r\n');
    });
    const upstream = await open(server.port, 'imap', 'implicit');
    const wait = protocols.imap.readCommand(Buffer.from('a1 LOGIN {3}\r\n'), 0)?.value as ClientUnit;
    expect(wait.kind).to.equal('literal-wait');
    expect(await whole(await upstream.answer(wait))).to.equal('+ go on\r\n');
    expect(await whole(await upstream.answer(command('a1 LOGIN {3}\r\nbob secret\r\n')))).to.equal('a1 OK done\r\n');
    expect(heard).to.deep.equal(['a1 LOGIN {3}\r\n', 'bob secret\r\n']);
    upstream.destroy();
  });

  it('tells what comes unasked, and keeps its order with answers', async () => {
    await using server = await imapServer(async (line, write) => {
      if (line.startsWith('a1 IDLE')) await write('+ idling\r\n* 2 EXISTS\r\n');
      else await write('a1 OK done\r\n');
    });
    const upstream = await open(server.port, 'imap', 'implicit');
    const idle = command('a1 IDLE\r\n');
    let seen = await whole(await upstream.answer(idle));
    while (!seen.endsWith('EXISTS\r\n')) {
      await upstream.unsolicited.arrives();
      seen += upstream.unsolicited.take()?.toString('latin1') ?? '(end)';
    }
    expect(seen).to.equal('+ idling\r\n* 2 EXISTS\r\n');
    const done = protocols.imap.readResponse(Buffer.from('DONE\r\n'), idle, 1)?.value as ClientUnit;
    expect(await whole(await upstream.answer(done))).to.equal('a1 OK done\r\n');
    upstream.destroy();
  });

  it('is given up when it does not end its answer', async () => {
    await using server = await imapServer(async (_line, write) => {
      await write('* 1 EXISTS\r\n');
    });
    const upstream = await open(server.port, 'imap', 'implicit', { ...PATIENT, answer: 500 });
    expect(await whole(await upstream.answer(command('a1 NOOP\r\n')))).to.equal('* 1 EXISTS\r\n');
    await upstream.unsolicited.arrives();
    expect(upstream.unsolicited.take()).to.equal(undefined);
    upstream.destroy();
  });

  it('says so when it has gone', async () => {
    await using server = await imapServer(async (_line, write, wire) => {
      await write('* BYE shutting down\r\n');
      wire.end('server');
    });
    const upstream = await open(server.port, 'imap', 'implicit');
    const answer = await upstream.answer(command('a1 NOOP\r\n'));
    expect(await whole(answer)).to.equal('* BYE shutting down\r\n');
    await upstream.unsolicited.arrives();
    expect(upstream.unsolicited.take()).to.equal(undefined);
    upstream.destroy();
  });

  it('never hears of the upgrade', async () => {
    const heard: string[] = [];
    await using server = await imapServer(async (line, write) => {
      heard.push(line);
      await write('a2 OK done\r\n');
    });
    const upstream = await open(server.port, 'imap', 'implicit');
    const answer = await upstream.answer(command('a1 STARTTLS\r\n'));
    expect(answer).to.include({ upgrade: true });
    await whole(await upstream.answer(command('a2 NOOP\r\n')));
    expect(heard).to.deep.equal(['a2 NOOP\r\n']);
    upstream.destroy();
  });
});
