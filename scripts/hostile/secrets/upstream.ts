import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { ProtocolName } from '../../../src/protocols/protocol.js';

/** A server that takes any login, asks what SASL would, and repeats what it does not know, as many do. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
}

interface Words {
  readonly greeting: string;
  readonly list: string;
  readonly ok: string;
  readonly no: (line: string) => string;
  readonly ask: (text: string) => string;
}

const MECHANISMS = 'PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER';

const WORDS: Readonly<Record<string, (tls: boolean) => Words>> = {
  imap: (tls) => ({
    greeting: '* OK ready\r\n',
    list: `* CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ENABLE ${tls ? '' : 'STARTTLS '}${MECHANISMS.replaceAll(/\S+/g, 'AUTH=$&')}\r\n{tag} OK done\r\n`,
    ok: '{tag} OK done\r\n',
    no: (line) => `{tag} BAD what is ${line}\r\n`,
    ask: (text) => `+ ${text}\r\n`,
  }),
  smtp: (tls) => ({
    greeting: '220 real.example ESMTP\r\n',
    list: `250-real.example\r\n${tls ? '' : '250-STARTTLS\r\n'}250-PIPELINING\r\n250 AUTH ${MECHANISMS}\r\n`,
    ok: '250 2.0.0 done\r\n',
    no: (line) => `500 5.5.1 what is ${line}\r\n`,
    ask: (text) => `334 ${text}\r\n`,
  }),
  pop3: (tls) => ({
    greeting: '+OK ready <1896.6971@real.example>\r\n',
    list: `+OK list\r\nUSER\r\n${tls ? '' : 'STLS\r\n'}SASL ${MECHANISMS}\r\n.\r\n`,
    ok: '+OK done\r\n',
    no: (line) => `-ERR what is ${line}\r\n`,
    ask: (text) => `+ ${text}\r\n`,
  }),
  managesieve: (tls) => {
    const list = `"IMPLEMENTATION" "real"\r\n"SIEVE" "fileinto"\r\n"SASL" "${MECHANISMS}"\r\n${tls ? '' : '"STARTTLS"\r\n'}"VERSION" "1.0"\r\nOK\r\n`;
    return {
      greeting: list,
      list,
      ok: 'OK "done"\r\n',
      no: (line) => `NO ${JSON.stringify(`what is ${line}`)}\r\n`,
      ask: (text) => `"${text}"\r\n`,
    };
  },
};

const CHALLENGES: Readonly<Record<string, readonly string[]>> = {
  LOGIN: ['Username:', 'Password:'],
  'CRAM-MD5': ['<1896.697170952@real.example>'],
  'DIGEST-MD5': ['realm="h",nonce="n",qop="auth",algorithm=md5-sess,charset=utf-8'],
  'SCRAM-SHA-1': ['', 'r=cs,s=c2FsdA==,i=2'],
  'SCRAM-SHA-256': ['', 'r=cs,s=c2FsdA==,i=2'],
};

/** Listens on loopback. */
export const startUpstream = async (
  protocol: ProtocolName,
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<Upstream> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket, protocol, false, () => {
      const sealed = new TLSSocket(socket, { isServer: true, cert, key });
      sealed.on('error', () => undefined);
      serve(sealed, protocol, true, () => undefined);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const serve = (socket: Socket, protocol: ProtocolName, tls: boolean, upgrade: () => void): void => {
  const words = WORDS[protocol]?.(tls);
  if (words === undefined) return;
  let rest = '';
  let literal = 0;
  let asks: string[] = [];
  let tag = '*';
  const say = (text: string): void => void socket.write(text.replaceAll('{tag}', tag), 'latin1');
  if (!tls || protocol === 'managesieve') say(words.greeting);
  const onLine = (line: string): void => {
    const announced = /\{(\d+)(\+?)\}$/.exec(line);
    if (announced !== null && protocol !== 'smtp') {
      literal = Number(announced[1]);
      if (announced[2] === '') say('+ go on\r\n');
      return;
    }
    if (asks.length > 0) {
      asks = asks.slice(1);
      say(asks[0] === undefined ? words.ok : words.ask(Buffer.from(asks[0]).toString('base64')));
      return;
    }
    const parts = line.split(' ');
    if (protocol === 'imap') tag = parts.shift() ?? '*';
    const verb = (parts[0] ?? '').toUpperCase();
    if (/^(EHLO|CAPA|CAPABILITY)$/.test(verb)) say(words.list);
    else if (/^(STARTTLS|STLS)$/.test(verb)) {
      say(words.ok.replace('250', '220'));
      socket.removeAllListeners('data');
      upgrade();
    } else if (/^(AUTH|AUTHENTICATE)$/.test(verb)) {
      const mechanism = (parts[1] ?? '').replaceAll('"', '').toUpperCase();
      asks = [...(CHALLENGES[mechanism] ?? [''])].slice(parts.length > 2 ? 1 : 0);
      say(asks[0] === undefined ? words.ok : words.ask(Buffer.from(asks[0]).toString('base64')));
    } else if (/^(LOGIN|USER|PASS|APOP|NOOP|RSET|ENABLE|QUIT|LOGOUT)$/.test(verb)) say(words.ok);
    else say(words.no(line));
  };
  socket.on('data', (bytes: Buffer) => {
    rest += bytes.toString('latin1');
    for (;;) {
      const end = literal > 0 ? literal : rest.indexOf('\n') + 1;
      if (end === 0 || rest.length < end) return;
      const line = rest.slice(0, end).replace(/\r?\n$/, '');
      rest = rest.slice(end);
      if (literal > 0) literal = 0;
      else onLine(line);
    }
  });
};
