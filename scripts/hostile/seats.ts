import { audit } from '../../src/audit/audit.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { proxy, type ReportingProxy } from '../../src/serving/named-proxy.js';
import { serve, type RunningServer } from '../../src/serving/named-serve.js';
import type { Report } from '../../src/document/report-model.js';
import { testClient } from '../../src/testing/test-client.js';
import type { Random } from './random.js';
import { playServer, RawServer, speak, speakInside, type Ending } from './speaking.js';

export const PROTOCOLS = ['smtp', 'imap', 'pop3', 'managesieve'] as const satisfies readonly ProtocolName[];
export type Spoken = (typeof PROTOCOLS)[number];
const ROLES: Readonly<Record<Spoken, string>> = {
  smtp: 'submission',
  imap: 'imap',
  pop3: 'pop3',
  managesieve: 'sieve',
};

const OPENING: Readonly<Record<Spoken, readonly string[]>> = {
  smtp: ['EHLO client.example\r\n', 'STARTTLS\r\n'],
  imap: ['o1 STARTTLS\r\n'],
  pop3: ['STLS\r\n'],
  managesieve: ['STARTTLS\r\n'],
};
const upgradeOf = (protocol: Spoken): Buffer[] => OPENING[protocol].map((line) => Buffer.from(line));

const plain = (user: string, password: string): string => Buffer.from(`\0${user}\0${password}`).toString('base64');

/** The lines of an ordinary login. */
export const LOGINS: Readonly<Record<Spoken, (user: string, password: string) => readonly string[]>> = {
  smtp: (user, password) => ['EHLO client.example\r\n', `AUTH PLAIN ${plain(user, password)}\r\n`],
  imap: (user, password) => [`l1 LOGIN "${user}" "${password}"\r\n`],
  pop3: (user, password) => [`USER ${user}\r\n`, `PASS ${password}\r\n`],
  managesieve: (user, password) => [`AUTHENTICATE "PLAIN" "${plain(user, password)}"\r\n`],
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

/** Every connection is judged; and nobody who never spoke TLS, or knows no account, is safe, unless they may be. */
class Verdicts {
  readonly #mayBeSafe: boolean;
  readonly #look: ((verdict: Told) => void) | undefined;

  constructor({ mayBeSafe = false, look }: SeatOptions = {}) {
    this.#mayBeSafe = mayBeSafe;
    this.#look = look;
  }

  readonly #waiting = new Map<number, (verdict: Told) => void>();

  /** What is wrong with verdicts, by port, until somebody asks. */
  readonly #wrong = new Map<number, Error>();

  told = (verdict: Told): void => {
    const port = Number(/:(\d+)$/.exec(verdict.peer)?.[1]);
    try {
      if (verdict.bug !== undefined) throw asError(verdict.bug);
      if (verdict.judgement.status === 'safe' && !this.#mayBeSafe)
        throw new Error(`safe: ${verdict.judgement.because}`);
      this.#look?.(verdict);
    } catch (error) {
      this.#wrong.set(port, asError(error));
    }
    this.#waiting.get(port)?.(verdict);
    this.#waiting.delete(port);
    // It may come before anybody knows the port.
    if (this.#early.size > 500) this.#early.clear();
    this.#early.set(port, verdict);
  };
  readonly #early = new Map<number, Told>();

  /** Waits for the verdict on the connection from this port, where it is known; throws what was wrong with any until now. */
  async of(port: number): Promise<Told | undefined> {
    let verdict = this.#early.get(port);
    if (port !== 0) verdict ??= await new Promise<Told>((resolve) => void this.#waiting.set(port, resolve));
    this.#early.delete(port);
    // Whose port is not known may be any of them.
    const [[at, wrong] = []] = port === 0 ? [...this.#wrong] : [[port, this.#wrong.get(port)] as const];
    if (at !== undefined) this.#wrong.delete(at);
    if (wrong !== undefined) throw wrong;
    return verdict;
  }
}

const asError = (what: unknown): Error => (what instanceof Error ? what : new Error(JSON.stringify(what)));

/** How a seat is watched. */
export interface SeatOptions {
  /** Clients may behave well here. */
  readonly mayBeSafe?: boolean;
  /** Sees every verdict. */
  readonly look?: (verdict: Told) => void;
}

/** What a seat told of a connection, as much of it as is looked at. */
export interface Told {
  readonly peer: string;
  readonly visit?: unknown;
  readonly bug?: unknown;
  readonly judgement: { readonly status: string; readonly because: string };
}

/** Endpoints of `serve` in this process. */
export class ServeSeat implements AsyncDisposable {
  readonly #verdicts: Verdicts;
  #server: RunningServer | undefined;

  private constructor(options: SeatOptions) {
    this.#verdicts = new Verdicts(options);
  }

  static async open(options: SeatOptions = {}): Promise<ServeSeat> {
    const seat = new ServeSeat(options);
    seat.#server = await serve({ scenario: '*', idle: IDLE, onVerdict: seat.#verdicts.told });
    return seat;
  }

  /** One conversation with an endpoint of this protocol. */
  async converse(protocol: Spoken, random: Random, { pieces, ending }: Speech): Promise<void> {
    const endpoint = random.pick((this.#server?.endpoints ?? []).filter((each) => each.protocol === protocol));
    await this.#verdicts.of(await speak(endpoint.port, pieces, ending, random, PATIENCE));
  }

  /** A conversation inside TLS, after an upgrade that is asked for as it should be; `leaking` says the account's password before. */
  async converseInside(protocol: Spoken, random: Random, { pieces, ending }: Speech, leaking: boolean): Promise<void> {
    const endpoint = random.pick((this.#server?.endpoints ?? []).filter((each) => each.protocol === protocol));
    const leak = LOGINS[protocol](endpoint.user, endpoint.password).map((line) => Buffer.from(line));
    const before = endpoint.tls === 'implicit' ? [] : [...(leaking ? leak : []), ...upgradeOf(protocol)];
    const port = await speakInside(endpoint.port, before, pieces, ending, random, PATIENCE);
    const verdict = await this.#verdicts.of(port);
    if (leaking && before.length > 0 && verdict?.judgement.status === 'safe')
      throw new Error(`safe: ${verdict.judgement.because}`);
  }

  /** The report of what came until now. */
  report(): Report | undefined {
    return this.#server?.report();
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
  readonly #verdicts: Verdicts;
  readonly #proxies = new Map<Spoken, ReportingProxy>();
  #server: RunningServer | undefined;

  private constructor(options: SeatOptions) {
    this.#verdicts = new Verdicts(options);
  }

  static async open(options: SeatOptions = {}): Promise<ProxySeat> {
    const seat = new ProxySeat(options);
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

  /** A conversation inside TLS. */
  async converseInside(protocol: Spoken, random: Random, { pieces, ending }: Speech): Promise<void> {
    const port = this.#proxies.get(protocol)?.port ?? 0;
    await this.#verdicts.of(await speakInside(port, upgradeOf(protocol), pieces, ending, random, PATIENCE));
  }

  /** The reports of what came until now. */
  reports(): Report[] {
    return [...this.#proxies.values()].map((each) => each.report());
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
    // What looks like a limit is waited out for so long, and no longer.
    maxTime: 20_000,
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
