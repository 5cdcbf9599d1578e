import { randomBytes } from 'node:crypto';
import { Capture, CaptureSecrets, type CaptureSummary } from '../capture/capture.js';
import { capturedVisit } from '../capture/captured-visit.js';
import type { CapturedConnection } from '../capture/connection.js';
import { FailedHandshakes } from '../capture/failed-handshakes.js';
import { findingOf, type FindingId } from '../capture/findings.js';
import { judgeConnection, type CapturedFinding } from '../capture/judge-connection.js';
import { compareSides, pairedWith } from '../capture/other-side.js';
import { Fault } from '../fault.js';
import { ADVICE, type Advice } from '../knowledge/advice.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { KeyLog } from '../tls/key-log.js';
import type { Judgement } from '../verdict/judgement.js';
import { maskVisit, type Masking } from '../verdict/mask.js';
import type { Visit } from '../verdict/visit.js';
import type { Result } from './report-model.js';
import { hostPort } from '../wire/host-port.js';

/** A capture file. */
export interface CaptureFile {
  readonly name: string;
  /** Its bytes from the beginning, as often as asked. */
  readonly bytes: () => AsyncIterable<Buffer>;
}

/** How captures are judged. */
export interface CaptureJudging {
  /** Texts in the format of SSLKEYLOGFILE, besides what captures hold themselves. */
  readonly keylogs?: readonly string[];
  /** PEM; certificates are checked against them and the roots that Node carries. */
  readonly anchors?: readonly string[] | undefined;
  /** What the server’s side saw of the same connections. */
  readonly otherSide?: CaptureFile | undefined;
  /** Options to be repeated in the lines that reproduce a result. */
  readonly again?: readonly string[];
  /** Results of one status that are listed; 20,000 by default. */
  readonly mostResults?: number;
  /** The number of the first connection in the report; 1 by default. */
  readonly firstVisit?: number;
  /** A result that is listed, as soon as it is known. */
  readonly onResult?: (result: Result) => void;
}

/** What captures came to. */
export interface JudgedCaptures {
  readonly results: readonly Result[];
  /** Masked; the connections of findings, and of others while there is room. */
  readonly seen: ReadonlyMap<number, Visit>;
  readonly faults: readonly string[];
  /** What was in the captures besides. */
  readonly notes: readonly string[];
}

/** Judges what captures show, with no active step; what cannot be read is a fault, and the rest is judged. */
export const judgeCaptures = async (
  files: readonly CaptureFile[],
  options: CaptureJudging = {},
): Promise<JudgedCaptures> => {
  const judging = new Judging(options);
  const other = options.otherSide === undefined ? undefined : await judging.connectionsOf(options.otherSide);
  for (const file of files) await judging.file(file, other);
  return judging;
};

class Judging implements JudgedCaptures {
  readonly results: Result[] = [];
  readonly seen = new Map<number, Visit>();
  readonly faults: string[] = [];
  readonly notes: string[] = [];
  readonly #options: CaptureJudging;
  readonly #keys = new KeyLog();
  readonly #failed = new FailedHandshakes();
  readonly #masking: Masking = { secrets: 'mask', key: randomBytes(32), known: new Set() };
  /** How many results there are of a kind: those that say the same of the same server. */
  readonly #alike = new Map<string, number>();
  readonly #listed = new Map<Result['status'], number>();
  #number: number;
  #shown = 0;
  #folded = 0;
  #leftOut = 0;

  constructor(options: CaptureJudging) {
    this.#options = options;
    this.#number = options.firstVisit ?? 1;
    for (const text of options.keylogs ?? []) this.#keys.add(text);
  }

  async file(file: CaptureFile, other: readonly CapturedConnection[] | undefined): Promise<void> {
    if (other === undefined) {
      await this.#read(file, (connection) => {
        this.#judge(file, connection, judgedAlone);
      });
      return;
    }
    const connections = await this.connectionsOf(file);
    const pairs = pairedWith(connections, other);
    for (const connection of connections) {
      const server = pairs.get(connection);
      const compared = compareSides(connection, server);
      this.#judge(file, connection, (each, visit) => [...judgeConnection(each, visit), compared], server);
    }
  }

  /** All connections of a capture, to be compared with another. */
  async connectionsOf(file: CaptureFile): Promise<CapturedConnection[]> {
    const all: CapturedConnection[] = [];
    let leftOut = 0;
    await this.#read(file, (connection) => {
      if (all.length < MOST_COMPARED) all.push(connection);
      else leftOut += 1;
    });
    if (leftOut > 0)
      this.faults.push(
        `${file.name}: ${String(leftOut)} connections were left out, at most ${String(MOST_COMPARED)} are compared; split the capture`,
      );
    return all;
  }

  async #read(file: CaptureFile, connection: (connection: CapturedConnection) => void): Promise<void> {
    const { name, bytes } = file;
    const capture = new Capture({ name, keys: this.#keys, anchors: this.#options.anchors, connection });
    try {
      const secrets = new CaptureSecrets(name, this.#keys);
      for await (const piece of bytes()) secrets.push(piece);
    } catch (error) {
      // The same is said below, after everything that came before it.
      if (!(error instanceof Fault)) throw error;
    }
    let isWhole = true;
    try {
      for await (const piece of bytes()) capture.push(piece);
      capture.end();
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
      capture.conclude();
      isWhole = false;
      this.faults.push(error.message);
    }
    this.#summarise(name, capture.summary, isWhole || capture.summary.frames > 0);
  }

  #summarise(name: string, summary: CaptureSummary, isCapture: boolean): void {
    const { frames, connections, others, givenUp, fragmentsLost, unsupported } = summary;
    if (isCapture)
      this.notes.push(
        `${name}: ${counted(frames, 'packet')}, ${counted(connections, 'TCP connection')}, ${ofWhichMail(connections, others)}`,
      );
    if (this.#folded > 0)
      this.notes.push(
        `${name}: ${counted(this.#folded, 'further result')} ${this.#folded === 1 ? 'says' : 'say'} the same of the same server as ${String(MOST_ALIKE)} that are listed`,
      );
    if (this.#leftOut > 0)
      this.faults.push(
        `${name}: ${counted(this.#leftOut, 'result')} could not be listed, at most ${String(this.#options.mostResults ?? MOST_RESULTS)} of a status are; split the capture (editcap -c)`,
      );
    this.#folded = 0;
    this.#leftOut = 0;
    if (givenUp > 0)
      this.faults.push(
        `${name}: ${counted(givenUp, 'connection')} could not be followed to the end, because too much was open at once; split the capture (editcap -c)`,
      );
    if (fragmentsLost > 0)
      this.faults.push(`${name}: of ${counted(fragmentsLost, 'fragmented IP packet')} a part was not captured`);
    if (unsupported > 0)
      this.faults.push(`${name}: ${counted(unsupported, 'packet')} came from a kind of link that is not supported`);
    if (this.#keys.isFull) this.faults.push('the key logs hold more sessions than are kept');
  }

  #judge(
    { name }: CaptureFile,
    connection: CapturedConnection,
    judge: (connection: CapturedConnection, visit: Visit) => readonly CapturedFinding[],
    server?: CapturedConnection,
  ): void {
    const number = this.#number;
    this.#number += 1;
    const happened = capturedVisit(connection, number);
    const alone = judge(connection, happened);
    const isClear = alone.some(({ id, judgement }) => id === 'secrets-in-clear' && judgement.evidence.length > 0);
    const findings = [...alone, ...this.#failed.next(connection, isClear)];
    const both =
      server === undefined
        ? happened
        : { ...happened, connections: [...happened.connections, { ...server.record, id: 2, leg: 'server' as const }] };
    const { visit, sweep } = maskVisit(both, this.#masking);
    const twins = judge(connection, visit);
    const isNews = findings.some(({ judgement }) => judgement.status !== 'safe');
    this.#show(visit, isNews);
    const again = ['waxseal', 'judge', name, ...(this.#options.again ?? [])];
    for (const each of findings) {
      const result = resultOf(connection, each, { number, again, twins, sweep, isShown: this.seen.has(number) });
      if (!this.#isListed(result)) this.#folded += 1;
      else if (this.#hasRoom(result)) this.#list(result);
      else this.#leftOut += 1;
    }
  }

  #list(result: Result): void {
    this.results.push(result);
    this.#options.onResult?.(result);
  }

  /** Each status has room of its own: whatever else a capture holds, a leak behind it is told. */
  #hasRoom({ status }: Result): boolean {
    const count = (this.#listed.get(status) ?? 0) + 1;
    this.#listed.set(status, count);
    return count <= (this.#options.mostResults ?? MOST_RESULTS);
  }

  /** A capture may hold any number of connections that come to the same: the first ones are listed, the others counted. */
  #isListed({ case: key, status, because }: Result): boolean {
    const kind = `${key} ${status} ${because}`;
    const count = (this.#alike.get(kind) ?? 0) + 1;
    if (count > 1 || this.#alike.size < MOST_RESULTS) this.#alike.set(kind, count);
    return count <= MOST_ALIKE;
  }

  /** What is not shown is let go: a capture may hold any number of connections. */
  #show(visit: Visit, isNews: boolean): void {
    const size = visit.connections.reduce((sum, { entries }) => sum + sizeOf(entries), 0);
    if (this.#shown + size > (isNews ? MOST_SHOWN : MOST_SHOWN / 4)) return;
    this.#shown += size;
    this.seen.set(visit.number, visit);
  }
}

const judgedAlone = judgeConnection;

const sizeOf = (entries: Visit['connections'][number]['entries']): number =>
  entries.reduce((sum, entry) => sum + 200 + (entry.kind === 'bytes' ? entry.data.length : 0), 0);

interface ResultOptions {
  readonly number: number;
  readonly again: readonly string[];
  /** The same findings in the words of the masked connection. */
  readonly twins: readonly CapturedFinding[];
  readonly sweep: (text: string) => string;
  readonly isShown: boolean;
}

const resultOf = (
  connection: CapturedConnection,
  { id, judgement }: CapturedFinding,
  { number, again, twins, sweep, isShown }: ResultOptions,
): Result => {
  const { protocol, tls, portRole, server, client, openedAt, duration } = connection;
  const { title, references, cve, cwe } = findingOf(id);
  const twin = twins.find((each) => each.id === id && each.judgement.status === judgement.status)?.judgement;
  const place = hostPort(server.address, server.port);
  return {
    case: `${id}@${place}`,
    id,
    title,
    protocol,
    tls,
    portRole,
    port: server.port,
    peer: hostPort(client.address, client.port),
    ...(openedAt > 0 && openedAt < LATEST && { at: new Date(openedAt).toISOString() }),
    target: place,
    address: server.address,
    status: judgement.status,
    ...(judgement.leaked.length > 0 && { leaked: [...judgement.leaked] }),
    ...(judgement.severity !== undefined && { severity: judgement.severity }),
    because: twin?.because ?? sweep(judgement.because),
    ...adviceFor(id, judgement),
    references: [...references],
    cve: [...cve],
    cwe: [...cwe],
    evidence: judgement.evidence.map(({ connection: at, entry, leak, cause, why }) => {
      const same = twin?.evidence.find((each) => each.entry === entry && each.leak === leak && each.cause === cause);
      return { connection: at, entry, quote: same?.quote ?? '…', why: same?.why ?? sweep(why) };
    }),
    facts: factsOf(connection),
    ...(isShown && { visit: number }),
    reproduce: [...again],
    duration: Math.round(duration),
  };
};

/** What the client must do; where somebody on the path did something, what must be done about that. */
const adviceFor = (id: FindingId, { status, because, evidence }: Judgement): Partial<Advice> => {
  if (status !== 'unsafe' && status !== 'downgradable') return {};
  const { isOnPath, remedy } = findingOf(id);
  if (isOnPath === true) return { fix: remedy };
  const decisive = evidence.find(({ why }) => why === because) ?? evidence[0];
  return decisive === undefined ? {} : ADVICE[decisive.cause];
};

/** What the capture shows of the connection, for programs. */
const factsOf = ({ sessions, losses, startSeen, end, upgrade }: CapturedConnection): Record<string, unknown> => {
  const session = sessions.at(-1)?.facts;
  const lost = losses.reduce((sum, { count }) => sum + count, 0);
  return {
    startSeen,
    end,
    upgrade,
    ...(lost > 0 && { bytesLost: lost }),
    ...(session && {
      tls: {
        completed: session.completed,
        decrypted: session.decrypted,
        ...(session.answer && {
          version: session.answer.version,
          suite: cipherSuite(session.answer.cipherSuite).name,
        }),
        ...(session.hello?.servername !== undefined && { servername: session.hello.servername }),
        ...(session.resumed && { resumed: true }),
      },
    }),
  };
};

const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

/** The last instant that has an RFC 3339 form with four digits of a year. */
const LATEST = Date.UTC(9999, 11, 31);
/** Bytes of transcripts that a report shows. */
const MOST_SHOWN = 64 * 1024 * 1024;
const MOST_COMPARED = 5000;
/** Results that say the same of the same server. */
const MOST_ALIKE = 100;
const MOST_RESULTS = 20_000;

/** How many of the connections of a capture are mail. */
const ofWhichMail = (connections: number, others: number): string =>
  connections === 0 || connections === others
    ? 'no mail'
    : others === 0
      ? 'all of them mail'
      : `${String(connections - others)} of them mail`;
