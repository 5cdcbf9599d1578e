import { Dialogue } from '../protocols/dialogue.js';
import protocols from '../protocols/index.js';
import type { ClientUnit, Command, Offer, Reply } from '../protocols/protocol.js';
import type { BoundaryEntry, TranscriptEntry } from '../wire/entry.js';
import { isTampered } from '../wire/tampered.js';
import { isKnown } from './known-command.js';
import { finished, STEP, type Steps } from './steps.js';
import type { ConnectionRecord } from './visit.js';

/** Something that the client said, with where and under what circumstances. */
export interface Said {
  readonly unit: ClientUnit;
  /** Index of the transcript entry in which it begins. */
  readonly entry: number;
  readonly at: number;
  /** A command that grammar knows; any other line may be a secret that was said where none was due. */
  readonly isKnown: boolean;
  readonly inside: boolean;
  /** Inside a TLS session that deserves trust. */
  readonly trusted: boolean;
  /** On this connection and until now, the upgrade was on offer: listed, and neither refused nor failed. */
  readonly upgradeOnOffer: boolean;
  /** A reply of this connection listed capabilities before. */
  readonly sawOffer: boolean;
  /** The scenario had interfered on this connection before. */
  readonly tamperedBefore: boolean;
}

export interface Heard {
  readonly reply: Reply;
  readonly entry: number;
  readonly inside: boolean;
  /** The list of capabilities that it carries; replies to anything else may look like one. */
  readonly offer?: Offer;
}

/** What the server took: proof that the client has got through with it. */
export interface Accepted {
  readonly what: 'login' | 'message';
  /** Number of things that the client had said until then. */
  readonly after: number;
  readonly inside: boolean;
  /** Inside a TLS session that deserves trust. */
  readonly trusted: boolean;
}

/** A connection's transcript, understood. */
export interface Reading {
  readonly connection: ConnectionRecord;
  readonly said: readonly Said[];
  readonly heard: readonly Heard[];
  readonly boundaries: readonly { readonly entry: number; readonly facts: BoundaryEntry }[];
  /** Logins and messages that the server took, in order. */
  readonly accepted: readonly Accepted[];
  /** What the server was asked to take, and had not answered when TLS or the connection ended. */
  readonly undecided: readonly Accepted['what'][];
  /** The client asked for the upgrade. */
  readonly askedUpgrade: boolean;
  /** The upgrade was refused, or accepted and never completed. */
  readonly upgradeFailed: boolean;
  /** Client bytes that make no complete unit, by entry and phase. */
  readonly rest: readonly {
    readonly entry: number;
    readonly inside: boolean;
    readonly trusted: boolean;
    readonly bytes: Buffer;
    readonly wasDue: 'command' | 'secret';
  }[];
}

/** Understands a transcript: the same grammar that served the client reads what it said. */
export const reading = (connection: ConnectionRecord): Reading => finished(readingSteps(connection));

/** The same in steps. */
export function* readingSteps(connection: ConnectionRecord): Steps<Reading> {
  const { entries, protocol } = connection;
  const known = LATELY.find((each) => each.entries === entries && each.length === entries.length);
  // Transcripts only grow: what was read is right until more is there.
  if (known?.protocol === protocol) return { ...known.read, connection };
  const read = yield* new Reader(connection).steps();
  keepReadings([read]);
  return read;
}

/** Who reads the same transcripts next has them at once, even if others were read in between. */
export const keepReadings = (all: readonly Reading[]): void => {
  for (const read of all) {
    const { entries, protocol } = read.connection;
    if (!LATELY.some((each) => each.entries === entries && each.length === entries.length))
      LATELY.push({ entries, length: entries.length, protocol, read });
  }
  LATELY.splice(0, LATELY.length - Math.max(MOST_LATELY, all.length));
};

/** A transcript is read by the judge, for the control's facts and for the client's name, one after the other: it is understood once. */
const LATELY: {
  readonly entries: ConnectionRecord['entries'];
  readonly length: number;
  readonly protocol: string;
  readonly read: Reading;
}[] = [];
const MOST_LATELY = 4;
/** Characters that take as long to read as an entry without any. */
const OF_AN_ENTRY = 40;

class Reader {
  readonly #connection: ConnectionRecord;
  readonly #dialogue: Dialogue;
  readonly #said: Said[] = [];
  readonly #heard: Heard[] = [];
  readonly #boundaries: { entry: number; facts: BoundaryEntry }[] = [];
  readonly #rest: { entry: number; inside: boolean; trusted: boolean; bytes: Buffer; wasDue: 'command' | 'secret' }[] =
    [];
  /** Where each client entry begins in the stream of this phase. */
  readonly #places: { entry: number; at: number; start: number }[] = [];
  #clientLength = 0;
  #inside = false;
  #trusted = false;
  #offer: Offer | undefined;
  readonly #accepted: Accepted[] = [];
  readonly #undecided = new Set<Accepted['what']>();
  /** Commands that wait for their last reply, each with all that was said for it. */
  #open: { readonly command: Command; readonly units: ClientUnit[] }[] = [];
  #asked = false;
  #failed = false;
  #tampered = false;

  constructor(connection: ConnectionRecord) {
    this.#connection = connection;
    this.#dialogue = new Dialogue(protocols[connection.protocol]);
  }

  *steps(): Steps<Reading> {
    let size = 0;
    for (const [index, entry] of this.#connection.entries.entries()) {
      this.#entry(index, entry);
      size += entry.kind === 'bytes' ? entry.data.length + OF_AN_ENTRY : 0;
      if (size < STEP) continue;
      size = 0;
      yield;
    }
    this.#keepRest();
    this.#leaveUndecided();
    return {
      connection: this.#connection,
      said: this.#said,
      heard: this.#heard,
      boundaries: this.#boundaries,
      accepted: this.#accepted,
      undecided: [...this.#undecided],
      askedUpgrade: this.#asked,
      upgradeFailed: this.#failed,
      rest: this.#rest,
    };
  }

  #entry(index: number, entry: TranscriptEntry): void {
    switch (entry.kind) {
      case 'bytes':
        if (entry.tampered === true) this.#tampered = true;
        if (entry.record === true) return;
        if (entry.unasked === true) this.#unasked(index, entry.data, entry.inside);
        else if (entry.from === 'server') this.#server(index, entry.data, entry.inside);
        else this.#client(index, entry.at, entry.data);
        return;
      case 'boundary':
        this.#boundaries.push({ entry: index, facts: entry });
        if (!entry.trusted) this.#tampered = true;
        if (entry.completed) this.#turn(entry);
        else this.#failed = true;
        return;
      case 'outside':
        this.#turn();
        return;
      case 'note':
        if (isTampered(entry)) this.#tampered = true;
        if (entry.what === 'ungreeted') this.#dialogue.expectNoGreeting();
        return;
      case 'end':
        return;
    }
  }

  /** What was sent when nothing was asked answers nothing, wherever it stands among the answers. */
  #unasked(index: number, data: string, inside: boolean): void {
    const protocol = protocols[this.#connection.protocol];
    let rest = Buffer.from(data, 'latin1');
    for (let read = protocol.readReply(rest, { first: true }); read !== undefined;) {
      this.#heard.push({ reply: read.value, entry: index, inside });
      rest = rest.subarray(read.length);
      read = protocol.readReply(rest, { first: true });
    }
  }

  #server(index: number, data: string, inside: boolean): void {
    for (const reply of this.#dialogue.server(Buffer.from(data, 'latin1'))) {
      const grammar = protocols[this.#connection.protocol];
      const command = reply.kind === 'final' ? this.#answered(reply) : undefined;
      const isList = grammar.listVerbs === undefined || (command !== undefined && grammar.listVerbs.has(command.verb));
      const offer = isList ? grammar.offer([reply]) : undefined;
      this.#heard.push({ reply, entry: index, inside, ...(offer && { offer }) });
      if (!inside && this.#isOfferDue) this.#offer = grammar.offer([reply]) ?? this.#offer;
    }
    this.#drain();
  }

  /** The command that the reply ends. */
  #answered({ status, tag }: Reply): Command | undefined {
    const at = tag === undefined ? 0 : this.#open.findIndex(({ command }) => command.tag === tag);
    const [done] = at === -1 ? [] : this.#open.splice(at, 1);
    if (done === undefined || status !== 'ok') return done?.command;
    const classes = new Set(
      done.units.flatMap((unit) => ('secrets' in unit ? unit.secrets.map((secret) => secret.class) : [])),
    );
    const isLogin =
      done.command.moment === 'login' &&
      (done.command.mechanism === 'EXTERNAL' || [...classes].some((each) => each !== 'user' && each !== 'mail'));
    const isMessage = done.units.some(({ kind }) => kind === 'body');
    if (isLogin || isMessage)
      this.#accepted.push({
        what: isLogin ? 'login' : 'message',
        after: this.#said.length,
        inside: this.#inside,
        trusted: this.#trusted,
      });
    return done.command;
  }

  /** In SMTP any 250 looks like a list; only EHLO asks for one. HELO makes do without, where EHLO was refused before. */
  get #isOfferDue(): boolean {
    const { listVerbs } = protocols[this.#connection.protocol];
    if (listVerbs === undefined) return true;
    return (
      this.#said.at(-1)?.unit.moment === 'capabilities' &&
      this.#said.some(({ unit, inside }) => !inside && unit.kind === 'command' && listVerbs.has(unit.verb))
    );
  }

  #client(index: number, at: number, data: string): void {
    this.#places.push({ entry: index, at, start: this.#clientLength });
    this.#clientLength += data.length;
    this.#dialogue.client(Buffer.from(data, 'latin1'));
    this.#drain();
  }

  #drain(): void {
    for (let placed = this.#dialogue.next(); placed !== undefined; placed = this.#dialogue.next()) {
      const { unit } = placed;
      const place = this.#placeOf(placed.start);
      this.#said.push({
        unit,
        entry: place.entry,
        at: place.at,
        isKnown: unit.kind !== 'command' || isKnown(unit, protocols[this.#connection.protocol]),
        inside: this.#inside,
        trusted: this.#trusted,
        upgradeOnOffer: this.#offer?.upgrade === true && !this.#failed,
        sawOffer: this.#offer !== undefined,
        tamperedBefore: this.#tampered,
      });
      if (unit.kind === 'command') this.#open.push({ command: unit, units: [unit] });
      else if (unit.kind === 'response' || unit.kind === 'body') this.#open.at(-1)?.units.push(unit);
      if (unit.moment === 'starttls' && !this.#inside) {
        this.#asked = true;
        // Until TLS stands, whatever else the client says it says knowing that it does not.
        this.#failed = true;
      }
    }
  }

  /** `tls` has begun, or TLS has ended. */
  #turn(tls?: BoundaryEntry): void {
    this.#keepRest();
    this.#leaveUndecided();
    this.#dialogue.reset();
    this.#open = [];
    this.#clientLength = 0;
    this.#inside = tls !== undefined;
    this.#trusted = tls?.trusted === true;
    // After close_notify the upgrade is spent: nobody offers it again on this connection.
    this.#failed = !this.#inside;
  }

  #leaveUndecided(): void {
    for (const { command, units } of this.#open)
      if (units.some(({ kind }) => kind === 'body')) this.#undecided.add('message');
      else if (command.moment === 'login' && units.some((unit) => 'secrets' in unit && unit.secrets.length > 0))
        this.#undecided.add('login');
  }

  #keepRest(): void {
    const bytes = this.#dialogue.unread;
    if (bytes.length === 0) return;
    const { entry } = this.#placeOf(this.#clientLength - bytes.length);
    const wasDue = this.#dialogue.isDeciding ? 'secret' : 'command';
    this.#rest.push({
      entry,
      inside: this.#inside,
      trusted: this.#trusted,
      bytes: Buffer.from(bytes),
      wasDue,
    });
  }

  #placeOf(start: number): { entry: number; at: number } {
    return this.#places.findLast((place) => place.start <= start) ?? { entry: 0, at: 0 };
  }
}
