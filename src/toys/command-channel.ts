import { ByteQueue } from '../protocols/byte-queue.js';
import type { Command, Protocol, Reply, ReplyProgress } from '../protocols/protocol.js';
import { latin1 } from '../protocols/text.js';
import type { ClientTls, Handshake } from '../wire/upgrade.js';
import type { Wire } from '../wire/wire.js';
import { GaveUp } from './gave-up.js';
import type { ClientHooks, ReplyUse } from './moments.js';
import type { Habits } from './habits.js';

/** What a command was answered. */
export interface Answer {
  /** The final reply, or a continuation. */
  readonly last: Reply;
  /** All replies to it, the last one too. */
  readonly replies: readonly Reply[];
  /** IMAP: the answer had come before the command was sent. */
  readonly early: boolean;
}

/** Decides about replies that came before their commands; `careful` drops them, or throws `GaveUp`. */
export type OnEarlyReply = (careful: () => Promise<void>) => Promise<void>;

/** Habits, and the mistake to take a segment for a reply. */
type ReadingHabits = Habits & { readonly takesSegmentForReply?: boolean; readonly readsEndlessReplies?: boolean };

/** The toy's end of one connection: says commands and reads replies, bounded in bytes and time, as its habits will. Throws `GaveUp`. */
export class CommandChannel {
  readonly #wire: Wire;
  readonly #protocol: Protocol;
  readonly #habits: ReadingHabits;
  readonly #onEarlyReply: OnEarlyReply;
  readonly #takesReply: NonNullable<ClientHooks['takesReply']>;
  #received = new ByteQueue();
  #progress: ReplyProgress = { at: 0, lines: [] };
  #outstanding: Command | undefined;
  #first = true;
  #tags = 0;
  /** What came in clear is taken for the inside of TLS. */
  #kept = false;
  /** Answers with tags of commands that were not said yet. */
  readonly #early: Reply[] = [];
  #believesInside = false;

  constructor(
    wire: Wire,
    protocol: Protocol,
    habits: ReadingHabits,
    onEarlyReply: OnEarlyReply,
    takesReply: ClientHooks['takesReply'] = (_reply, carefully) => carefully,
  ) {
    this.#takesReply = takesReply;
    this.#wire = wire;
    this.#protocol = protocol;
    this.#habits = habits;
    this.#onEarlyReply = onEarlyReply;
  }

  get inside(): boolean {
    return this.#wire.inside;
  }

  /** The server has ended the connection. */
  get ended(): boolean {
    return this.#wire.ended;
  }

  /** Something came that no command has asked for yet. */
  get hasQueued(): boolean {
    return this.#received.length > 0;
  }

  /** Does not wait for a greeting: what comes first answers what is said first. */
  expectNoGreeting(): void {
    this.#first = false;
  }

  /** One reply that nobody asked for: the greeting, or ManageSieve's list after the upgrade. */
  async unasked(): Promise<Reply> {
    this.#outstanding = undefined;
    return this.#reply(this.#deadline());
  }

  /** Says one command and reads what it is answered. */
  async ask(words: (tag: string) => Buffer): Promise<Answer> {
    const { bytes, tag } = this.#next(words);
    const early = await this.#beforeCommand(tag);
    await this.#say(bytes);
    return early === undefined ? this.#answer(tag) : { last: early, replies: [early], early: true };
  }

  /** Says one command and takes the first complete reply of any kind for its answer. */
  async askForAnything(words: (tag: string) => Buffer): Promise<Answer> {
    const { bytes, tag } = this.#next(words);
    const early = await this.#beforeCommand(tag);
    await this.#say(bytes);
    const last = early ?? (await this.#reply(this.#deadline()));
    return { last, replies: [last], early: early !== undefined };
  }

  /** Says several commands in one go, then reads their answers. */
  async pipeline(commands: readonly ((tag: string) => Buffer)[]): Promise<Answer[]> {
    const next = commands.map((words) => this.#next(words));
    await this.#beforeCommand(next[0]?.tag ?? '');
    await this.#say(Buffer.concat(next.map(({ bytes }) => bytes)));
    const answers: Answer[] = [];
    for (const { tag, command } of next) {
      this.#outstanding = command;
      answers.push(await this.#answer(tag));
    }
    return answers;
  }

  /** Answers a continuation. */
  async respond(bytes: Buffer): Promise<Answer> {
    await this.#say(bytes);
    return this.#answer(this.#tag());
  }

  /** Says a goodbye, and waits for nothing. */
  async farewell(): Promise<void> {
    await this.blurtOut((tag) => this.#protocol.say.quit(tag));
  }

  /** Says a command without regard to any answer. */
  async blurtOut(words: (tag: string) => Buffer): Promise<void> {
    if (!this.ended && !this.#isOutsideUnawares()) await this.#write(this.#next(words).bytes);
  }

  /** Listens until something comes that nobody asked for, at most for `ms`. */
  async linger(ms: number): Promise<void> {
    if (this.hasQueued) return;
    // Where the machine stood still, time is over although something came long ago: it is still to be read.
    const event = (await this.#wire.read(ms)) ?? (await this.#wire.read(GRACE));
    if (event?.kind === 'bytes') this.#received.append(event.bytes);
  }

  /** Starts TLS; what had come in clear is dropped, or kept by a client that makes this mistake. */
  async startTls(options: ClientTls, keepsBuffered: boolean): Promise<Handshake> {
    const unread = this.#received.take(this.#received.length);
    this.#forget();
    const { boundary, peer } = await this.#wire.connectTls(options, Buffer.from(unread));
    const pending = latin1(boundary.pending.map(({ data }) => data).join(''));
    this.#believesInside = peer.completed;
    if (peer.completed && keepsBuffered && pending.length > 0) {
      this.#received.append(pending);
      this.#kept = true;
    }
    return peer;
  }

  /** IMAP: the untagged replies among what was kept over the start of TLS; a lazy reader has not looked yet. */
  keptUntagged(): Reply[] {
    const replies: Reply[] = [];
    while (this.#kept && this.#habits.reads === 'at-once') {
      const read = this.#protocol.readReply(this.#received.view(), { first: false });
      if (read?.value.kind !== 'untagged') break;
      this.#received.take(read.length);
      replies.push(read.value);
      if (this.#received.length === 0) this.#kept = false;
    }
    return replies;
  }

  /** Believes that the connection is in clear from here on, and forgets what was received. */
  goOnOutside(): void {
    this.#believesInside = false;
    this.#received = new ByteQueue();
    this.#forget();
  }

  #next(words: (tag: string) => Buffer): { bytes: Buffer; tag: string; command: Command | undefined } {
    this.#tags += 1;
    const tag = this.#tag();
    const bytes = words(tag);
    const command = this.#protocol.readCommand(bytes, ALL_LITERALS)?.value;
    this.#outstanding = command?.kind === 'command' ? command : undefined;
    return { bytes, tag, command: this.#outstanding };
  }

  #tag(): string {
    return `a${this.#tags}`;
  }

  /** What came before the command is no answer to it: to believe so is the mistake behind CVE-2021-22947 and CVE-2026-42246. */
  async #beforeCommand(tag: string): Promise<Reply | undefined> {
    const known = this.#early.find((reply) => reply.tag === tag);
    if (known !== undefined) return known;
    if (this.#received.length === 0 || this.#kept) return undefined;
    const early = this.#earlyReply(tag);
    await this.#onEarlyReply(() => {
      if (early !== undefined) throw new GaveUp('an answer came before its command');
      this.#received.take(this.#received.length);
      this.#forget();
      return Promise.resolve();
    });
    return early;
  }

  #earlyReply(tag: string): Reply | undefined {
    let rest = Buffer.from(this.#received.view());
    for (;;) {
      const read = this.#protocol.readReply(rest, { first: false });
      if (read === undefined) return undefined;
      rest = rest.subarray(read.length);
      if (read.value.kind === 'final' && read.value.tag === tag) {
        this.#received.take(this.#received.length);
        this.#received.append(rest);
        this.#forget();
        return read.value;
      }
    }
  }

  async #answer(tag: string): Promise<Answer> {
    const deadline = this.#deadline();
    const replies: Reply[] = [];
    for (;;) {
      const reply = await this.#reply(deadline, replies.length === 0);
      replies.push(reply);
      if (replies.length > MOST_REPLIES) throw new GaveUp('too many replies to one command');
      const use = this.#takesReply(reply, this.#useOf(reply));
      if (use === 'data') continue;
      if (use === 'stray') throw new GaveUp('a reply came that answers no command');
      if (reply.kind === 'final' && reply.tag !== undefined && reply.tag !== tag) {
        await this.#onEarlyReply(() => {
          throw new GaveUp('an answer came with a tag of no command');
        });
        this.#early.push(reply);
        continue;
      }
      return { last: reply, replies, early: false };
    }
  }

  #useOf(reply: Reply): ReplyUse {
    if (reply.kind === 'untagged') return 'data';
    const to = this.#outstanding;
    // In clear anybody may say anything: what comes there is told by scenarios of its own.
    const isStray = this.inside && to !== undefined && this.#protocol.canAnswer?.(reply, to) === false;
    return isStray ? 'stray' : 'answer';
  }

  /** `isFirst`: a lazy reader has not been woken yet. */
  async #reply(deadline: number, isFirst = true): Promise<Reply> {
    let isAsleep = isFirst && this.#habits.reads === 'lazily';
    for (;;) {
      const read = isAsleep ? undefined : this.#read();
      if (read !== undefined) return read;
      if (!isAsleep && this.#habits.takesSegmentForReply === true && this.#received.length > 0) return this.#cutReply();
      if (this.#habits.readsEndlessReplies === true) {
        // That it reads on is the mistake; to keep all of it would only cost time.
        if (this.#received.length > LONGEST_KEPT) this.#received.take(this.#received.length);
      } else if (this.#received.length > LONGEST_REPLY) throw new GaveUp('a reply without an end');
      const event = await this.#wire.read(Math.max(1, deadline - performance.now()));
      if (event === undefined) throw new GaveUp('no answer in time', { kind: 'silence' });
      if (event.kind === 'end') throw new GaveUp('the server ended the connection', { kind: 'ended' });
      if (event.kind === 'records') throw new GaveUp('TLS where a reply was due');
      if (event.kind === 'outside') throw new GaveUp('the server ended TLS', { kind: 'outside' });
      if (event.inside !== this.#believesInside) throw new GaveUp('plaintext where TLS was due', { kind: 'outside' });
      this.#received.append(event.bytes);
      isAsleep = false;
    }
  }

  #read(): Reply | undefined {
    if (this.#received.length === 0) return undefined;
    const context = {
      first: this.#first,
      ...(this.#outstanding && { outstanding: this.#outstanding }),
      progress: this.#progress,
    };
    const read = this.#protocol.readReply(this.#received.view(), context);
    if (read === undefined) return undefined;
    this.#received.take(read.length);
    this.#first = false;
    if (this.#received.length === 0) this.#kept = false;
    this.#forget();
    return read.value;
  }

  /** What is there, taken for a positive reply. */
  #cutReply(): Reply {
    const raw = this.#received.take(this.#received.length);
    const lines = raw.toString('latin1').split(/\r?\n/);
    const [code] = /^\d{3}/.exec(lines[0] ?? '') ?? [];
    const tag = this.#outstanding?.tag;
    this.#first = false;
    this.#forget();
    return {
      kind: 'final',
      status: 'ok',
      lines,
      raw: Buffer.from(raw),
      ...(code !== undefined && { code }),
      ...(tag !== undefined && { tag }),
    };
  }

  async #say(bytes: Buffer): Promise<void> {
    if (this.#habits.slow > 0) await new Promise((resolve) => setTimeout(resolve, this.#habits.slow));
    if (this.#isOutsideUnawares()) throw new GaveUp('the server ended TLS', { kind: 'outside' });
    await this.#write(bytes);
  }

  /** The server has ended TLS and nobody has read that yet: what is said now would go out in clear. */
  #isOutsideUnawares(): boolean {
    return this.#believesInside && !this.#wire.inside;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#habits.segments === 'whole') return this.#wire.write(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#isOutsideUnawares()) return;
      await this.#wire.write(bytes.subarray(at, at + 1));
    }
  }

  #forget(): void {
    this.#progress = { at: 0, lines: [] };
  }

  #deadline(): number {
    return performance.now() + this.#habits.patience;
  }
}

/** Milliseconds. */
const GRACE = 20;
const ALL_LITERALS = 100;
const MOST_REPLIES = 10_000;
const LONGEST_REPLY = 1024 * 1024;
/** Of a toy that has no such limit. */
const LONGEST_KEPT = 64 * 1024;
