import { connect, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type SecureVersion, type TLSSocket } from 'node:tls';

import { isImplicit, type DaemonListener } from '../../../src/endpoints/daemons/running-daemon.js';

/** What a listener says to a client that uses nothing of waxseal's own. */
export interface Heard {
  readonly greeting: string;
  /** The answer to the capability command before TLS; on implicit ports, the one inside. */
  readonly capabilities: string;
  readonly offersUpgrade: boolean;
  /** Whether a login with a password in the clear is offered, or (IMAP, POP3) not forbidden. */
  readonly offersLogin: boolean;
  /** The TLS version agreed on, and the answer to the capability command inside; absent without an upgrade. */
  readonly tls?: {
    readonly version: string;
    readonly authorized: boolean;
    readonly why: string;
    readonly capabilities: string;
    readonly certificate: PeerCertificate;
  };
}

export interface Asked {
  readonly ca?: string;
  readonly servername?: string;
  readonly versions?: readonly [SecureVersion, SecureVersion];
}

/** Greets, asks for capabilities, upgrades where offered (or at once), and asks again. */
export const hear = async (listener: DaemonListener, asked: Asked = {}): Promise<Heard> => {
  const words = WORDS[listener.portRole] ?? SMTP;
  const plain = connect({ host: listener.address, port: listener.port, localAddress: '127.0.0.1' });
  let socket: Socket = plain;
  let tls: TLSSocket | undefined;
  try {
    if (isImplicit(listener.portRole)) socket = tls = await secured(plain, asked);
    const greeting = await answer(socket, words.greeted);
    socket.write(words.ask);
    const capabilities = await answer(socket, words.answered);
    const offersUpgrade = words.upgradeOffered.test(capabilities);
    const before = {
      greeting,
      capabilities,
      offersUpgrade,
      offersLogin: words.loginOffered.test(capabilities) && !capabilities.includes('LOGINDISABLED'),
    };
    let inside = capabilities;
    if (tls === undefined) {
      if (!offersUpgrade) return before;
      socket.write(words.upgrade);
      await answer(socket, words.goAhead);
      socket = tls = await secured(plain, asked);
      if (listener.portRole === 'sieve') inside = await answer(tls, words.answered);
      else {
        tls.write(words.ask);
        inside = await answer(tls, words.answered);
      }
    }
    return {
      ...before,
      tls: {
        version: tls.getProtocol() ?? '',
        authorized: tls.authorized,
        why: String(tls.authorizationError),
        capabilities: inside,
        certificate: tls.getPeerCertificate(),
      },
    };
  } finally {
    socket.destroy();
    plain.destroy();
  }
};

/** Logs in, over TLS where it is to be had unless `inClear`, and returns the server's last word. */
export const logIn = async (
  listener: DaemonListener,
  user: string,
  password: string,
  { inClear = false } = {},
): Promise<string> => {
  const words = WORDS[listener.portRole] ?? SMTP;
  const plain = connect({ host: listener.address, port: listener.port, localAddress: '127.0.0.1' });
  let socket: Socket = plain;
  try {
    if (isImplicit(listener.portRole)) socket = await secured(plain, {});
    await answer(socket, words.greeted);
    socket.write(words.ask);
    const offered = await answer(socket, words.answered);
    if (!inClear && socket === plain && words.upgradeOffered.test(offered)) {
      socket.write(words.upgrade);
      await answer(socket, words.goAhead);
      socket = await secured(plain, {});
      if (listener.portRole === 'sieve') await answer(socket, words.answered);
      else if (words === SMTP) {
        socket.write(words.ask);
        await answer(socket, words.answered);
      }
    }
    socket.write(words.login(user, password));
    return await answer(socket, words.done);
  } finally {
    socket.destroy();
    plain.destroy();
  }
};

/** Upgrades, logs in and delivers a message; the last answer. */
export const submit = async (
  { address, port }: DaemonListener,
  { user, password }: { user: string; password: string },
  recipient: string,
): Promise<string> => {
  const plain = connect({ host: address, port, localAddress: '127.0.0.1' });
  try {
    await answer(plain, SMTP.greeted);
    plain.write(SMTP.ask);
    await answer(plain, SMTP.answered);
    plain.write(SMTP.upgrade);
    await answer(plain, SMTP.goAhead);
    return await converse(await secured(plain, {}), [
      'EHLO client.lab.test',
      SMTP.login(user, password).trim(),
      ...envelope(recipient),
    ]);
  } finally {
    plain.destroy();
  }
};

/** Delivers a message over SMTP without TLS; the last answer to RCPT or to the message. */
export const deliver = async ({ address, port }: DaemonListener, recipient: string): Promise<string> => {
  const socket = connect({ host: address, port, localAddress: '127.0.0.1' });
  try {
    await answer(socket, SMTP.greeted);
    return await converse(socket, ['EHLO client.lab.test', ...envelope(recipient)]);
  } finally {
    socket.destroy();
  }
};

const envelope = (recipient: string): string[] => [
  'MAIL FROM:<a@lab.test>',
  `RCPT TO:<${recipient}>`,
  'DATA',
  'Subject: x\r\n\r\ntext\r\n.',
];

const converse = async (socket: Socket, lines: readonly string[]): Promise<string> => {
  let last = '';
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    last = await answer(socket, SMTP.answered);
    if (/^[45]/.test(last)) break;
  }
  return last;
};

const secured = async (plain: Socket, { ca, servername = 'mail.lab.test', versions }: Asked): Promise<TLSSocket> => {
  const socket = connectTls({
    socket: plain,
    servername,
    rejectUnauthorized: false,
    ...(ca === undefined ? {} : { ca }),
    ...(versions === undefined
      ? {}
      : { minVersion: versions[0], maxVersion: versions[1], ciphers: 'DEFAULT:@SECLEVEL=0' }),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject);
    plain.once('close', () => reject(new Error('closed during the handshake')));
  });
  return socket;
};

const answer = (socket: Socket, complete: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const settle = (): void => {
      socket.off('data', add).off('close', fail).off('error', fail).off('timeout', fail);
      socket.pause();
    };
    const fail = (): void => {
      settle();
      reject(new Error(`expected ${String(complete)}, got ${JSON.stringify(text)} and the end`));
    };
    const add = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!complete.test(text)) return;
      settle();
      resolve(text);
    };
    socket.setTimeout(10_000).on('data', add).on('close', fail).on('error', fail).on('timeout', fail);
    socket.resume();
  });

const plainLogin = (user: string, password: string): string => Buffer.from(`\0${user}\0${password}`).toString('base64');

const SMTP = {
  greeted: /^220 .*\r\n$/m,
  ask: 'EHLO client.lab.test\r\n',
  answered: /^\d{3} .*\r\n$/m,
  upgradeOffered: /^250[ -]STARTTLS\r$/m,
  loginOffered: /^250[ -]AUTH .*PLAIN/m,
  upgrade: 'STARTTLS\r\n',
  goAhead: /^220 .*\r\n$/,
  login: (user: string, password: string) => `AUTH PLAIN ${plainLogin(user, password)}\r\n`,
  done: /\r\n$/,
};
const IMAP = {
  greeted: /^\* .*\r\n$/m,
  ask: 'a CAPABILITY\r\n',
  answered: /^a .*\r\n$/m,
  upgradeOffered: / STARTTLS\b/,
  loginOffered: /IMAP4rev1/,
  upgrade: 'b STARTTLS\r\n',
  goAhead: /^b OK.*\r\n$/m,
  login: (user: string, password: string) => `c LOGIN ${user} ${password}\r\n`,
  done: /^c .*\r\n$/m,
};
const POP3 = {
  greeted: /^\+OK.*\r\n$/,
  ask: 'CAPA\r\n',
  answered: /^\.\r\n$/m,
  upgradeOffered: /^STLS\r$/m,
  loginOffered: /^USER\r$|^SASL .*PLAIN/m,
  upgrade: 'STLS\r\n',
  goAhead: /^\+OK.*\r\n$/,
  login: (user: string, password: string) => `AUTH PLAIN ${plainLogin(user, password)}\r\n`,
  done: /\r\n$/,
};
const SIEVE = {
  greeted: /^OK.*\r\n$/m,
  ask: 'CAPABILITY\r\n',
  answered: /^OK.*\r\n$/m,
  upgradeOffered: /^"STARTTLS"\r$/m,
  loginOffered: /^"SASL" ".*PLAIN/m,
  upgrade: 'STARTTLS\r\n',
  goAhead: /^OK.*\r\n$/,
  login: (user: string, password: string) => `AUTHENTICATE "PLAIN" "${plainLogin(user, password)}"\r\n`,
  done: /\r\n$/,
};

const WORDS: Partial<Record<DaemonListener['portRole'], typeof SMTP>> = {
  imap: IMAP,
  imaps: IMAP,
  pop3: POP3,
  pop3s: POP3,
  sieve: SIEVE,
};
