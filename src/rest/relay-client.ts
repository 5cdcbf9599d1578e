import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { escaped } from '../report/escape.js';
import { hostPort } from '../wire/host-port.js';
import { HttpError } from './http-error.js';
import type { Relay } from './services.js';

/** Hands a mail to a server by SMTP. Throws `HttpError` that says what the server said. */
export const relayed = async (
  relay: Relay,
  envelope: { readonly from: string; readonly to: readonly string[] },
  content: Buffer,
): Promise<void> => {
  const talk = new Talk(relay);
  try {
    await talk.hears(2);
    await talk.says(HELLO, 2);
    if (relay.tls === 'starttls') {
      await talk.says('STARTTLS', 2);
      talk.startTls();
      await talk.says(HELLO, 2);
    }
    await talk.says(`MAIL FROM:<${envelope.from}>`, 2);
    for (const address of envelope.to) await talk.says(`RCPT TO:<${address}>`, 2);
    await talk.says('DATA', 3);
    await talk.says(`${stuffed(content)}.`, 2);
    await talk.says('QUIT', 2);
  } finally {
    talk.end();
  }
};

/** Says a line, and waits for the reply; whatever goes wrong on the connection ends the wait. */
class Talk {
  readonly #relay: Relay;
  #socket: Socket;
  #heard = '';
  #said = 'connecting';
  #fault: string | undefined;
  #wake: () => void = () => undefined;

  constructor(relay: Relay) {
    this.#relay = relay;
    const { host, port } = relay;
    this.#socket = this.#watched(
      relay.tls === 'implicit' ? connectTls({ host, port, ...nameOf(host) }) : connect({ host, port }),
    );
  }

  /** What was heard before TLS started is not believed after it. */
  startTls(): void {
    const plain = this.#socket.removeAllListeners('data');
    const { host } = this.#relay;
    this.#heard = '';
    this.#socket = this.#watched(connectTls({ socket: plain, host, ...nameOf(host) }));
  }

  async says(line: string, expected: 2 | 3): Promise<void> {
    this.#said = line.length > LONGEST_COMMAND ? 'the message' : line;
    this.#socket.write(`${line}\r\n`, 'latin1');
    await this.hears(expected);
  }

  async hears(expected: 2 | 3): Promise<void> {
    for (;;) {
      const [reply] = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.#heard) ?? [];
      if (reply !== undefined) {
        this.#heard = this.#heard.slice(reply.length);
        if (reply.startsWith(String(expected))) return;
        throw this.#failed(`${this.#said} was refused: ${reply.trim().slice(0, LONGEST_REPLY)}`);
      }
      if (this.#heard.length > LONGEST_REPLY) throw this.#failed('the server does not speak SMTP');
      if (this.#fault !== undefined) throw this.#failed(`${this.#fault} (after ${this.#said})`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #watched<S extends Socket>(socket: S): S {
    const fails = (reason: string) => (): void => {
      this.#fault ??= reason;
      this.#wake();
    };
    socket.setTimeout(PATIENCE, fails(`no answer for ${String(PATIENCE / 1000)} s`));
    socket.on('data', (bytes: Buffer) => {
      this.#heard += bytes.toString('latin1');
      this.#wake();
    });
    socket.on('error', (error) => {
      fails(error.message)();
    });
    socket.on('close', fails('the server disconnected'));
    return socket;
  }

  #failed(reason: string): HttpError {
    return new HttpError(400, `SMTP error: ${hostPort(this.#relay.host, this.#relay.port)}: ${escaped(reason)}`);
  }
}

const nameOf = (host: string): { readonly servername?: string } => (isIP(host) === 0 ? { servername: host } : {});

/** Lines end in CR LF, and none that begins with a dot ends the mail (RFC 5321 §4.5.2). */
const stuffed = (content: Buffer): string => {
  const text = content
    .toString('latin1')
    .replace(/\r?\n|\r/g, '\r\n')
    .replace(/^\./gm, '..');
  return text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
};

const HELLO = 'EHLO localhost';
/** Milliseconds. */
const PATIENCE = 10_000;
const LONGEST_COMMAND = 500;
const LONGEST_REPLY = 8192;
