import { duplexPair, type Duplex } from 'node:stream';
import { casesOf, type Case } from '../../src/cases/case.js';
import { judgeVisit } from '../../src/document/judge-visit.js';
import { judgeReport } from '../../src/document/judge.js';
import { recordingOf } from '../../src/document/recording.js';
import { seenVisit } from '../../src/document/seen.js';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestInside, honestSettings } from '../../src/endpoints/honest.js';
import type { Tamper } from '../../src/endpoints/tamper.js';
import { Fault } from '../../src/fault.js';
import { Dialogue } from '../../src/protocols/dialogue.js';
import protocols from '../../src/protocols/index.js';
import { portOf } from '../../src/protocols/port-roles.js';
import { Upstream } from '../../src/proxy/upstream.js';
import scenarios from '../../src/scenarios/index.js';
import { ownConduct } from '../../src/stage/conduct.js';
import { ConnectionLog } from '../../src/stage/connection-log.js';
import { Contexts } from '../../src/stage/contexts.js';
import { madeVisit } from '../../src/stage/made-visit.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { serializeRecording } from '../../src/verdict/recording-text.js';
import type { ControlFacts, Visit } from '../../src/verdict/visit.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import { LOGINS, type Speech, type Spoken } from './seats.js';
import type { Random } from './random.js';
import { playServer, RawServer } from './speaking.js';

/** What clients of the engine have in common. */
export interface Played {
  readonly visit: Visit;
  readonly one: Case;
}

const CANARIES = canariesOf('engine', 1);
const SEATS = ['server', 'middle'] as const;
const CASES = new Map(
  (['smtp', 'imap', 'pop3', 'managesieve'] as const).flatMap((protocol) =>
    SEATS.map((seat) => [
      `${protocol} ${seat}`,
      casesOf(scenarios, protocol, 'starttls', seat).filter(({ scenario: { needs = [] } }) => needs.length === 0),
    ]),
  ),
);

/** A client that passed its control, for verdicts that need one. */
const CONTROL: ControlFacts = {
  ...{ passed: true, tlsVersion: 'TLSv1.3', connections: 1, verbsOutside: ['EHLO', 'STARTTLS'], tags: [] },
  ...{ verbsInside: ['EHLO', 'AUTH', 'QUIT'], mechanisms: ['PLAIN'], found: ['password', 'user'], duration: 5 },
};

/** The conversations of endpoints without their sockets: the same engine, streams in memory, no accepting and no waiting. */
export class Engine {
  readonly #contexts: Contexts;

  private constructor(contexts: Contexts) {
    this.#contexts = contexts;
  }

  static async make(): Promise<Engine> {
    const authority = await createAuthority();
    const recipes = [...CASES.values()].flat().map((one) => ownConduct(one).certificate);
    const names = { dns: ['localhost'], ip: ['127.0.0.1'] };
    return new Engine(
      await Contexts.issue(authority, names, ['good', ...recipes], { handshake: PATIENCE, handmade: true }),
    );
  }

  /**
   * One visit of a client that has these connections, judged. A client that said its password in clear first must not be safe,
   * and one without a control neither.
   */
  async visit(
    seat: (typeof SEATS)[number],
    protocol: Spoken,
    random: Random,
    speeches: readonly Speech[],
    printed = '',
  ): Promise<Played> {
    const one = random.pick(CASES.get(`${protocol} ${seat}`) ?? []);
    const control = random.oneIn(2) ? CONTROL : undefined;
    const isLeaking = random.oneIn(4);
    const log = new ConnectionLog(CANARIES, new Map());
    const began = performance.now();
    const clock = (): number => performance.now() - began;
    for (const [index, { pieces, ending }] of speeches.entries()) {
      const id = log.number();
      const [near, far] = duplexPair();
      const wire = new Wire(far, 'server', new Transcript(clock, log.searched(id)));
      log.add({
        id,
        connection: { ordinal: id, wire, remotePort: 1024 + index, remoteAddress: '127.0.0.1', openedAt: clock() },
        port: { ...portOf(one.portRole), tls: one.tls },
        number: 143,
        endpoint: 'own',
      });
      near.on('error', () => undefined).resume();
      const conversation = this.#conversation(wire, one, random, index + 1, control).run();
      say([near, far], isLeaking && index === 0 ? [...leakOf(protocol), ...pieces] : pieces, ending);
      const over = await Promise.race([conversation.then(() => true), late()]);
      if (!over)
        throw new Error(
          `${one.scenario.id}/${one.variant?.name ?? ''}, ${ending}: not over: ${JSON.stringify(wire.transcript.entries.slice(-6))}`,
        );
      near.destroy();
      wire.destroy();
    }
    const visit = madeVisit({
      ...{ one, number: 1, policy: 'required', ownCredentials: seat === 'server', canaries: CANARIES },
      ...{ records: log.records(), drained: true, faults: [] },
      client: { how: 'ended', code: random.int(2), stdout: printed, stderr: '', duration: 1 },
      ...(control && { control }),
    });
    const judgement = judgeVisit(one, visit);
    if (judgement.status === 'safe' && (isLeaking || control === undefined) && one.scenario.id !== 'control')
      throw new Error(`${one.scenario.id}: safe: ${judgement.because}`);
    return { visit, one };
  }

  #conversation(wire: Wire, one: Case, random: Random, ordinal: number, control?: ControlFacts): Conversation {
    const conduct = ownConduct(one, control);
    const inside = conduct.inside(honestInside(one.protocol));
    const settings = honestSettings(one.protocol, CANARIES, { inside, plaintext: conduct.plaintext });
    return new Conversation({
      wire,
      protocol: protocols[one.protocol],
      answerer: protocols[one.protocol].server(settings),
      tls: (recipe) => this.#contexts.of(recipe ?? conduct.certificate),
      handmade: () => this.#contexts.handmade,
      tamper: conduct.tamper as Tamper,
      context: {
        ...{ protocol: protocols[one.protocol], mode: one.tls, ordinal, portRole: one.portRole },
        ...{ canaries: CANARIES, insideOffer: inside, variant: one.variant },
        ...(control && { control }),
      },
      idle: random.oneIn(500) ? PATIENCE : IDLE,
    });
  }
}

const say = ([near, far]: readonly [Duplex, Duplex], pieces: readonly Buffer[], ending: Speech['ending']): void => {
  for (const piece of pieces) near.write(piece);
  if (ending === 'reset')
    setImmediate(() => {
      near.destroy();
      far.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    });
  else if (ending === 'garbage') near.end(Buffer.alloc(200, 0xa5));
  else if (ending === 'fin') near.end();
};

/** False after longer than any conversation may take here. */
const late = (): Promise<false> =>
  new Promise((resolve) => {
    setTimeout(resolve, LONGEST, false).unref();
  });

const leakOf = (protocol: Spoken): Buffer[] =>
  LOGINS[protocol](CANARIES.user, CANARIES.password).map((line) => Buffer.from(line));

/** The visit as it is stored, and judged again from there: the same verdict, and no raw password of `expectNone`. */
export const stored = ({ visit, one }: Played, expectNone: (text: string) => void): void => {
  const seen = seenVisit(one, visit, { secrets: 'mask', key: Buffer.alloc(32), known: new Set() });
  if (seen.bug !== undefined) throw new Error('a judge threw', { cause: seen.bug });
  const text = serializeRecording(recordingOf(seen.visit, seen.masks));
  expectNone(JSON.stringify([seen.visit, seen.judgement]));
  const { report } = judgeReport([['recording', text]]);
  const [again] = report.results;
  if (again?.status !== seen.judgement.status)
    throw new Error(
      `judged ${seen.judgement.status}, its recording ${String(again?.status)}: ${seen.judgement.because}`,
    );
};

/** A leg to a server that says what it likes: opened as far as that goes, and used where it stands. */
export const onLeg = async (
  protocol: Spoken,
  random: Random,
  server: Speech,
  client: readonly Buffer[],
): Promise<void> => {
  await using raw = new RawServer((socket) => {
    playServer(socket, server.pieces, server.ending, random, IDLE);
  });
  const transcript = new Transcript(() => performance.now());
  try {
    const upstream = await Upstream.open({
      server: { host: '127.0.0.1', port: await raw.listen(), protocol, tls: 'starttls' },
      transcript,
      patience: { connect: PATIENCE, handshake: PATIENCE, answer: IDLE },
      plaintext: random.oneIn(2) ? 'served' : 'refused',
    });
    upstream.greeting();
    const dialogue = new Dialogue(protocols[protocol]);
    for (const piece of client) dialogue.client(piece);
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      await upstream.answer(placed.unit);
      upstream.unsolicited.take();
    }
    upstream.destroy();
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
  }
};

/** Milliseconds. */
const IDLE = 4;
const PATIENCE = 60;
/** More than all that the scenarios hold up on one connection. */
const LONGEST = 40_000;
