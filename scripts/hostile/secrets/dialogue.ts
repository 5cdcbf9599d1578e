import { connect, type Socket } from 'node:net';
import { createSecureContext, connect as secure } from 'node:tls';
import type { Said, Step } from './logins.js';

/** One connection of a client. */
export interface Talk {
  readonly port: number;
  /** Said in clear, each after something was heard; the last one asks for TLS if `tls`. */
  readonly opening: readonly string[];
  readonly tls: boolean;
  readonly steps: readonly Step[];
  /** Each step is sent in two segments, cut after so many bytes, or byte by byte. */
  readonly cut: number | 'bytes';
}

/** Has a conversation; says which digests it proved the password with. Whatever the peer does, it ends. */
export const talk = async ({ port, opening, tls, steps, cut }: Talk): Promise<string[]> => {
  const digests: string[] = [];
  let socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let ears = new Ears(socket);
  try {
    await ears.hear();
    const greeting = ears.heard;
    for (const line of opening) {
      socket.write(line, 'latin1');
      await ears.hear();
    }
    if (tls) {
      ears.rest();
      const sealed = secure({ socket, rejectUnauthorized: false, secureContext: anybody });
      sealed.setNoDelay(true);
      socket = sealed;
      ears = new Ears(sealed);
      await new Promise<void>((resolve) => {
        sealed.once('secureConnect', () => {
          resolve();
        });
        sealed.once('close', () => {
          resolve();
        });
        const late = setTimeout(() => sealed.destroy(), HANDSHAKE);
        sealed.once('secureConnect', () => {
          clearTimeout(late);
        });
      });
    }
    for (const step of steps) {
      const challenge = challengeOf(ears.heard) ?? greeting;
      const next: Said = typeof step === 'string' ? { say: step } : step(challenge);
      if (next.digest !== undefined) digests.push(next.digest);
      await send(socket, Buffer.from(next.say, 'latin1'), cut);
      if (next.say.endsWith('\n')) await ears.hear();
    }
  } finally {
    socket.destroySoon();
    setTimeout(() => socket.destroy(), 500).unref();
  }
  return digests;
};

const send = async (socket: Socket, bytes: Buffer, cut: number | 'bytes'): Promise<void> => {
  const at = cut === 'bytes' ? 1 : 1 + (cut % Math.max(1, bytes.length));
  const parts =
    cut === 'bytes' ? [...bytes].map((byte) => Buffer.of(byte)) : [bytes.subarray(0, at), bytes.subarray(at)];
  for (const part of parts) {
    if (part.length === 0 || !socket.writable) continue;
    socket.write(part);
    // A segment of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** What the server of SASL asks, decoded. */
const challengeOf = (heard: string): string | undefined => {
  const [, text] = /(?:^|\n)(?:\+ |334 |")([A-Za-z0-9+/=]*)"?\r?\n$/.exec(heard) ?? [];
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString('latin1');
};

/** Made once: to make one takes longer than a handshake. */
const anybody = createSecureContext();

class Ears {
  heard = '';
  #wake: () => void = () => undefined;
  #isOver = false;
  readonly #socket: Socket;
  readonly #listen = (bytes: Buffer): void => {
    this.heard = (this.heard + bytes.toString('latin1')).slice(-4000);
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#listen);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Waits for something more, a moment at most: a server may have nothing to say. */
  async hear(): Promise<void> {
    const before = this.heard;
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, PATIENCE);
      this.#wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
    if (before === this.heard) this.heard = '';
  }

  rest(): void {
    this.#socket.off('data', this.#listen);
  }
}

/** Milliseconds. */
const PATIENCE = 400;
const HANDSHAKE = 2000;
