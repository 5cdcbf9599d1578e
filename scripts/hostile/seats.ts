import { audit } from '../../src/audit/audit.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { proxy, type ReportingProxy } from '../../src/serving/named-proxy.js';
import { serve, type RunningServer } from '../../src/serving/named-serve.js';
import { testClient } from '../../src/testing/test-client.js';
import type { Random } from './random.js';
import { playServer, RawServer, speak, type Ending } from './speaking.js';

export const PROTOCOLS = ['smtp', 'imap', 'pop3', 'managesieve'] as const satisfies readonly ProtocolName[];
export type Spoken = (typeof PROTOCOLS)[number];
const ROLES: Readonly<Record<Spoken, string>> = {
  smtp: 'submission',
  imap: 'imap',
  pop3: 'pop3',
  managesieve: 'sieve',
};

/** Milliseconds of silence after which a connection is given up. */
const IDLE = 150;
/** Milliseconds after which we leave if nobody else does. */
const PATIENCE = 1500;

/** What one side says: in these pieces, and leaving so. */
export interface Speech {
  readonly pieces: readonly Buffer[];
  readonly ending: Ending;
}

/** Nobody who never spoke TLS, or knows no account, is safe; and every connection is judged. */
class Verdicts {
  readonly #waiting = new Map<number, (verdict: Told) => void>();

  #wrong: unknown;

  told = (verdict: Told): void => {
    if (verdict.bug !== undefined) this.#wrong = verdict.bug;
    else if (verdict.judgement.status === 'safe') this.#wrong = new Error(`safe: ${verdict.judgement.because}`);
    const port = Number(/:(\d+)$/.exec(verdict.peer)?.[1]);
    this.#waiting.get(port)?.(verdict);
    this.#waiting.delete(port);
    // It may come before anybody knows the port.
    if (this.#early.size > 500) this.#early.clear();
    this.#early.set(port, verdict);
  };
  readonly #early = new Map<number, Told>();

  /** Waits for the verdict on the connection from this port, where it is known; throws what was wrong with any until now. */
  async of(port: number): Promise<void> {
    if (port !== 0 && !this.#early.has(port))
      await new Promise<Told>((resolve) => void this.#waiting.set(port, resolve));
    this.#early.delete(port);
    const wrong = this.#wrong;
    this.#wrong = undefined;
    if (wrong !== undefined) throw wrong instanceof Error ? wrong : new Error(JSON.stringify(wrong));
  }
}

interface Told {
  readonly peer: string;
  readonly bug?: unknown;
  readonly judgement: { readonly status: string; readonly because: string };
}

/** Endpoints of `serve` in this process. */
export class ServeSeat implements AsyncDisposable {
  readonly #verdicts = new Verdicts();
  #server: RunningServer | undefined;

  static async open(): Promise<ServeSeat> {
    const seat = new ServeSeat();
    seat.#server = await serve({ scenario: '*', idle: IDLE, onVerdict: seat.#verdicts.told });
    return seat;
  }

  /** One conversation with an endpoint of this protocol. */
  async converse(protocol: Spoken, random: Random, { pieces, ending }: Speech): Promise<void> {
    const endpoint = random.pick((this.#server?.endpoints ?? []).filter((each) => each.protocol === protocol));
    await this.#verdicts.of(await speak(endpoint.port, pieces, ending, random, PATIENCE));
  }

  /** The port of an endpoint with implicit TLS. */
  implicit(random: Random): number {
    return random.pick((this.#server?.endpoints ?? []).filter(({ tls }) => tls === 'implicit')).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop();
  }
}

/** Proxies in this process, before honest servers of ours. */
export class ProxySeat implements AsyncDisposable {
  readonly #verdicts = new Verdicts();
  readonly #proxies = new Map<Spoken, ReportingProxy>();
  #server: RunningServer | undefined;

  static async open(): Promise<ProxySeat> {
    const seat = new ProxySeat();
    const server = (seat.#server = await serve({ tls: 'starttls', idle: 5000 }));
    for (const protocol of PROTOCOLS) {
      const port = server.endpoints.find((each) => each.protocol === protocol)?.port ?? 0;
      seat.#proxies.set(
        protocol,
        await proxy({
          target: `${ROLES[protocol]}://127.0.0.1:${String(port)}`,
          scenario: ['starttls-not-offered', 'starttls-refused/*', 'starttls-response-injection/*'],
          ca: server.ca,
          idle: IDLE,
          onConnection: seat.#verdicts.told,
        }),
      );
    }
    return seat;
  }

  async converse(protocol: Spoken, random: Random, { pieces, ending }: Speech): Promise<void> {
    await this.#verdicts.of(await speak(this.#proxies.get(protocol)?.port ?? 0, pieces, ending, random, PATIENCE));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#proxies.values()) await running.stop();
    await this.#server?.stop();
  }
}

/** A proxy before a server that says what it likes; the client says a little and waits. */
export const throughProxy = async (
  protocol: Spoken,
  random: Random,
  server: Speech,
  client: readonly Buffer[],
): Promise<void> => {
  await using raw = new RawServer((socket) => {
    playServer(socket, server.pieces, server.ending, random, PATIENCE);
  });
  const verdicts = new Verdicts();
  await using running = await proxy({
    target: `${ROLES[protocol]}://127.0.0.1:${String(await raw.listen())}`,
    untouchedFirst: random.oneIn(2),
    ...(random.oneIn(3) && { interception: 'tunnel' }),
    idle: IDLE,
    patience: { connect: 500, handshake: 500, answer: 300 },
    onConnection: verdicts.told,
  });
  await verdicts.of(await speak(running.port, client, 'silence', random, PATIENCE));
  for (const bug of running.bugs()) throw bug;
};

/** An audit of a server that says what it likes; gives the number of connections. */
export const audited = async (protocol: Spoken, random: Random, speech: () => Speech): Promise<number> => {
  await using raw = new RawServer((socket) => {
    const { pieces, ending } = speech();
    playServer(socket, pieces, ending, random, PATIENCE);
  });
  const port = await raw.listen();
  const { results, faults } = await audit([`${ROLES[protocol]}://127.0.0.1:${String(port)}`], {
    patience: { connect: 1000, greeting: 60, reply: 60, handshake: 120, hint: 30, backOff: 5, quiet: 10 },
    loginAttempts: 100,
    maxConnections: 100,
    parallel: 8,
  });
  for (const { fault } of faults) if (fault.code === 'HARNESS_BUG') throw fault;
  if (results.length === 0 && faults.length === 0) throw new Error('nothing was said');
  return raw.connections;
};

/** A session of `test` whose client says what it likes, on several connections a visit; gives their number. */
export const tested = async (
  protocol: Spoken,
  scenario: string,
  random: Random,
  speeches: readonly Speech[],
): Promise<number> => {
  let made = 0;
  const results = await testClient(
    async ({ port, signal }) => {
      for (const { pieces, ending } of speeches) {
        if (signal.aborted) return;
        made += 1;
        await speak(port, pieces, ending, random, IDLE);
      }
    },
    { protocol, tls: 'starttls', scenario, maxTime: 8000 },
  );
  for (const { status, because } of results) if (status === 'safe') throw new Error(`safe: ${because}`);
  return made;
};
