import { mailCutOff } from './cut-off-mail.js';
import { apopTimestamp, isApopDigest, isScramFirst, provesPassword } from '../protocols/digests.js';
import { Dialogue } from '../protocols/dialogue.js';
import protocols from '../protocols/index.js';
import type { ClientUnit, Command, Reply, Secrecy, SecretSpan } from '../protocols/protocol.js';
import { fromBase64 } from '../protocols/text.js';
import type { Party } from '../wire/entry.js';
import type { Canaries } from './canaries.js';
import { isFarewell } from './farewell.js';
import { hasStrangeArguments, isKnown } from './known-command.js';
import { holdsOnlyCanaries } from './own-secret.js';
import { STEP, type Steps } from './steps.js';
import { unfinishedCommand } from './unfinished-command.js';
import type { ConnectionRecord } from './visit.js';
import { isNote } from '../wire/notes.js';

/** A part of one direction of one phase that must not be stored. */
export interface SecretRange {
  /** Phase of the connection (a new one begins where TLS does or ends), or the boundary entry whose pending bytes are meant. */
  readonly stream: string;
  readonly start: number;
  readonly end: number;
  readonly class: SecretSpan['class'];
  /** The bytes, latin1. */
  readonly value: string;
  /** The command or answer was not complete. */
  readonly unfinished?: true;
  /** It was said to a login, and not in a line that nobody knows. */
  readonly login?: true;
}

/** Where a direction of a phase begins and which entries make it up. */
export interface StreamPiece {
  readonly stream: string;
  readonly entry: number;
  /** Index into the pending segments of a boundary entry. */
  readonly pending?: number;
  readonly start: number;
  readonly data: string;
}

/** What grammar knows to be secret in a connection: credentials that are not canaries, mail if `mail`, and what was due but is incomplete; in steps. */
export const secretRanges = (
  connection: ConnectionRecord,
  canaries: Canaries,
  mail: boolean,
): Steps<{ readonly ranges: SecretRange[]; readonly pieces: StreamPiece[] }> =>
  new SecretSearch(connection, canaries, mail).steps();

class SecretSearch {
  readonly #connection: ConnectionRecord;
  readonly #canaries: Canaries;
  readonly #mail: boolean;
  readonly #ranges: SecretRange[] = [];
  readonly #pieces: StreamPiece[] = [];
  readonly #secrecy: Secrecy;
  #dialogue: Dialogue;
  #phase = 0;
  #length: Record<Party, number> = { client: 0, server: 0 };
  readonly #recorded: Record<Party, number> = { client: 0, server: 0 };
  #text: Record<Party, Stream> = { client: new Stream(), server: new Stream() };
  #answered = 0;
  #challenges: Buffer[] = [];
  #responses: Buffer[] = [];
  #timestamp = '';
  #triedLogin = false;
  #lost: number | undefined;

  constructor(connection: ConnectionRecord, canaries: Canaries, mail: boolean) {
    this.#connection = connection;
    this.#canaries = canaries;
    this.#mail = mail;
    const protocol = protocols[connection.protocol];
    this.#secrecy = protocol.secrecy;
    this.#dialogue = new Dialogue(protocol);
  }

  *steps(): Steps<{ ranges: SecretRange[]; pieces: StreamPiece[] }> {
    let size = 0;
    for (const [index, entry] of this.#connection.entries.entries()) {
      if (entry.kind === 'bytes') {
        if (entry.record === true) this.#records(index, entry.from, entry.data);
        else this.#bytes(index, entry.from, entry.data, entry.unasked === true);
        size += entry.data.length;
        if (size < STEP) continue;
        size = 0;
        yield;
      } else if (entry.kind === 'boundary') {
        this.#pending(index, entry.pending);
        if (entry.completed) this.#turn();
      } else if (entry.kind === 'outside') this.#turn();
      else if (isNote(entry, 'ungreeted')) this.#dialogue.expectNoGreeting();
    }
    this.#rest();
    return { ranges: this.#ranges, pieces: this.#pieces };
  }

  #bytes(entry: number, from: Party, data: string, unasked: boolean): void {
    this.#pieces.push({ stream: this.#stream(from), entry, start: this.#length[from], data });
    this.#length[from] += data.length;
    this.#text[from].append(data);
    if (unasked) return;
    if (from === 'server') for (const reply of this.#dialogue.server(Buffer.from(data, 'latin1'))) this.#heard(reply);
    else this.#dialogue.client(Buffer.from(data, 'latin1'));
    for (let placed = this.#dialogue.next(); placed !== undefined; placed = this.#dialogue.next())
      this.#said(placed.unit, placed.start);
  }

  /** No grammar reads them, but what looks like a record may repeat a secret. */
  #records(entry: number, from: Party, data: string): void {
    this.#pieces.push({ stream: `${from} records`, entry, start: this.#recorded[from], data });
    this.#recorded[from] += data.length;
  }

  #said(unit: ClientUnit, start: number): void {
    if (unit.kind === 'oversize') this.#lost = start;
    // A login whose literal is refused is never whole; who did not listen says the rest all the same.
    if (unit.kind === 'literal-wait' && unit.moment === 'login') this.#triedLogin = true;
    if (unit.kind === 'command' && unit.moment === 'login') {
      this.#triedLogin = true;
      this.#challenges = [];
      this.#responses = decoded(unit.args[1]);
    }
    if (!('secrets' in unit)) return;
    for (const span of this.#spansOf(unit)) {
      const value = unit.raw.toString('latin1', span.start, span.end);
      if (span.class === 'user' || this.#isOurs(unit, span, value)) continue;
      // A body's end is grammar, not content.
      const end = unit.kind === 'body' && value.endsWith('.\r\n') ? span.end - 3 : span.end;
      this.#add('client', start + span.start, start + end, span.class, {
        ...((unit.kind === 'response' || (unit.kind === 'command' && unit.moment === 'login')) && { login: true }),
      });
    }
  }

  #spansOf(unit: Exclude<ClientUnit, { readonly kind: 'literal-wait' | 'oversize' }>): readonly SecretSpan[] {
    if (unit.kind !== 'command') return unit.secrets;
    if (this.#isStray(unit)) return unknownSpans(unit, false);
    // Real people's accounts: what grammar does not know may hold a password.
    const protocol = protocols[this.#connection.protocol];
    const isCommand = isKnown(unit, protocol);
    const isStrange = this.#mail && (!isCommand || hasStrangeArguments(unit, protocol));
    return isStrange ? unknownSpans(unit, isCommand || isVerbLike(unit)) : unit.secrets;
  }

  /** An answer to a login that was refused before it came, and so reads like a command nobody knows. */
  #isStray(unit: Command): boolean {
    const word = unit.verb === '' ? unit.raw.toString('latin1').trim().toUpperCase() : unit.verb;
    const isAlone = unit.args.length === 0 || !isVerbLike(unit);
    return this.#triedLogin && unit.moment === 'other' && isAlone && !this.#secrecy.harmless.has(word);
  }

  #isOurs(unit: ClientUnit, span: SecretSpan, value: string): boolean {
    if (span.class === 'mail') {
      const isEnvelope = unit.kind === 'command' && this.#secrecy.envelope.has(unit.verb);
      return (
        !this.#mail || isEnvelope || Object.values(this.#canaries).some((canary) => value.includes(canary as string))
      );
    }
    if (holdsOnlyCanaries(value, this.#canaries)) return true;
    const { user, password } = this.#canaries;
    if (unit.kind === 'command' && unit.mechanism === 'APOP') return isApopDigest(value, this.#timestamp, password);
    const mechanism = 'mechanism' in unit ? (unit.mechanism ?? '') : '';
    if (unit.kind === 'response' && this.#responses.length < MOST_STEPS) this.#responses.push(...decoded(value));
    if (isScramFirst(mechanism, decoded(value)[0], user)) return true;
    return provesPassword({ mechanism, challenges: this.#challenges, responses: this.#responses }, password);
  }

  #heard(reply: Reply): void {
    const start = this.#answered;
    this.#answered += reply.raw.length;
    if (reply.challenge !== undefined && this.#challenges.length < MOST_STEPS)
      this.#challenges.push(...decoded(reply.challenge));
    if (reply.kind === 'greeting') this.#timestamp = apopTimestamp(reply.lines[0] ?? '');
    if (this.#mail) this.#received(start, start + reply.raw.length);
  }

  /** Mail on its way to the client. */
  #received(start: number, end: number): void {
    const text = this.#text.server.slice(start, end);
    if (Object.values(this.#canaries).some((canary) => text.includes(canary as string))) return;
    for (const span of this.#secrecy.receivedMail(text))
      this.#add('server', start + span.start, start + span.end, 'mail');
  }

  /** Plaintext after the go-ahead: nobody answered it, but it may be a login all the same. */
  #pending(entry: number, pending: readonly { readonly data: string }[]): void {
    const stream = `pending ${String(entry)}`;
    const text = pending.map(({ data }) => data).join('');
    let start = 0;
    for (const [index, { data }] of pending.entries()) {
      this.#pieces.push({ stream, entry, pending: index, start, data });
      start += data.length;
    }
    const dialogue = new Dialogue(protocols[this.#connection.protocol]);
    dialogue.client(Buffer.from(text, 'latin1'));
    for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next()) {
      const { unit } = placed;
      if (!('secrets' in unit)) continue;
      for (const span of this.#spansOf(unit)) {
        const value = unit.raw.toString('latin1', span.start, span.end);
        if (span.class !== 'user' && !this.#isOurs(unit, span, value))
          this.#ranges.push({
            stream,
            start: placed.start + span.start,
            end: placed.start + span.end,
            class: span.class,
            value,
          });
      }
    }
    const { length } = dialogue.unread;
    if (length > 0)
      for (const range of this.#incomplete(dialogue, text.slice(text.length - length)))
        this.#ranges.push({
          ...range,
          stream,
          start: text.length - length + range.start,
          end: text.length - length + range.end,
        });
  }

  #turn(): void {
    this.#rest();
    this.#dialogue.reset();
    this.#phase += 1;
    this.#length = { client: 0, server: 0 };
    this.#text = { client: new Stream(), server: new Stream() };
    this.#answered = 0;
    this.#lost = undefined;
    this.#triedLogin = false;
  }

  /** What was left when a phase ended: a password without its line end is a password. */
  #rest(): void {
    if (this.#lost !== undefined) {
      this.#add('client', this.#lost, this.#length.client, 'authenticator');
      return;
    }
    const { length } = this.#dialogue.unread;
    const from = this.#length.client - length;
    if (length > 0)
      for (const range of this.#incomplete(this.#dialogue, this.#text.client.slice(from)))
        this.#add('client', from + range.start, from + range.end, range.class, { unfinished: true });
    if (this.#mail && this.#answered < this.#length.server) {
      const text = this.#text.server.slice(this.#answered);
      const first = text.indexOf('\n') + 1;
      if (first > 0) this.#add('server', this.#answered + first, this.#length.server, 'mail');
    }
  }

  /** Parts of an unfinished unit that may be secret; its verb and its announcements of literals stay. */
  #incomplete(dialogue: Dialogue, text: string): Omit<SecretRange, 'stream'>[] {
    if (dialogue.isInMail) return [{ start: 0, end: text.length, class: 'mail', value: text, unfinished: true }];
    if (isFarewell(this.#connection.protocol, Buffer.from(text, 'latin1'))) return [];
    const mail = dialogue.isDeciding ? undefined : mailCutOff(this.#connection.protocol, Buffer.from(text, 'latin1'));
    if (mail !== undefined)
      return this.#mail
        ? [{ start: mail.start, end: text.length, class: 'mail', value: text.slice(mail.start), unfinished: true }]
        : [];
    const command = dialogue.isDeciding
      ? undefined
      : unfinishedCommand(this.#connection.protocol, Buffer.from(text, 'latin1'));
    if (command !== undefined && command.secrets.length > 0)
      return this.#spansOf(command)
        .map((span) => ({ ...span, value: text.slice(span.start, span.end) }))
        .filter((span) => !this.#isOurs(command, span, span.value))
        .map(({ start, end, class: kind, value }) => ({ start, end, class: kind, value, unfinished: true }));
    const isLogin = /^(?:[^ ]+ +)?(?:LOGIN|AUTHENTICATE|AUTH|PASS|APOP)(?= |$)/i.exec(text);
    const isCommand = !dialogue.isDeciding && isLogin === null;
    if (isCommand && !(this.#triedLogin || this.#mail)) return [];
    const from = isLogin?.[0].length ?? 0;
    const kept = [...text.matchAll(/\{\d+\+?\}\r?\n/g)].map(({ 0: { length }, index }) => ({
      start: index,
      end: index + length,
    }));
    const found: Omit<SecretRange, 'stream'>[] = [];
    let at = from;
    for (const { start, end } of [...kept, { start: text.length, end: text.length }]) {
      // The space before an announcement belongs to it.
      const value = text.slice(at, start).trimEnd();
      const word = value.trimStart();
      if (word !== '' && !holdsOnlyCanaries(word, this.#canaries))
        found.push({ start: at, end: at + value.length, class: 'authenticator', value, unfinished: true });
      at = Math.max(at, end);
    }
    return found;
  }

  #add(
    from: Party,
    start: number,
    end: number,
    kind: SecretSpan['class'],
    more: Pick<SecretRange, 'unfinished' | 'login'> = {},
  ): void {
    if (start >= end) return;
    this.#ranges.push({
      stream: this.#stream(from),
      start,
      end,
      class: kind,
      value: this.#text[from].slice(start, end),
      ...more,
    });
  }

  #stream(from: Party): string {
    return `${from} ${String(this.#phase)}`;
  }
}

/** A text that grows: joined pieces are copied whenever a part of them is taken, which is quadratic. */
class Stream {
  readonly #pieces: { readonly start: number; readonly data: string }[] = [];
  #length = 0;

  append(data: string): void {
    this.#pieces.push({ start: this.#length, data });
    this.#length += data.length;
  }

  /** As of a string; what came last is found first. */
  slice(start: number, end = this.#length): string {
    const parts: string[] = [];
    for (let at = this.#pieces.length - 1; at >= 0; at -= 1) {
      const { start: begins, data } = this.#pieces[at] ?? NO_PIECE;
      if (begins < end) parts.push(data.slice(Math.max(0, start - begins), end - begins));
      if (begins <= start) break;
    }
    return parts.reverse().join('');
  }
}

const NO_PIECE = { start: 0, data: '' };

/** Challenges, and answers, of one login; no mechanism has as many. */
const MOST_STEPS = 8;

/** A SASL message in base64, as a list of none or one. */
const decoded = (text: string | undefined): Buffer[] => {
  const bytes = text === undefined ? undefined : fromBase64(text);
  return bytes === undefined ? [] : [bytes];
};

/** The first word of a line that grammar does not know may be a verb all the same: letters, in capitals. Those of passwords are not. */
const isVerbLike = ({ verb, tag, raw }: Command): boolean => {
  const text = raw.toString('latin1');
  return (
    /^[A-Z][A-Z-]{1,15}$/.test(verb) &&
    text
      .slice(tag?.length ?? 0)
      .trimStart()
      .startsWith(verb)
  );
};

/** The arguments of a command that nobody knows; all of a line that has none, or whose first word is no verb; an unfinished line ends where the bytes do. Announcements of literals stay. */
const unknownSpans = (command: Command, isVerb: boolean): SecretSpan[] => {
  const { verb, tag, args, raw } = command;
  const text = raw.toString('latin1');
  const head = args.length === 0 || !isVerb ? 0 : text.toUpperCase().indexOf(verb, tag?.length ?? 0) + verb.length;
  const spans: SecretSpan[] = [];
  let at = head;
  for (const { 0: announcement, index } of [...text.matchAll(/ ?\{\d+\+?\}\r?\n|\r?\n$|$/g)]) {
    const start = at + (/^ */.exec(text.slice(at, index))?.[0].length ?? 0);
    if (start < index) spans.push({ start, end: index, class: 'authenticator' });
    at = index + announcement.length;
  }
  return spans;
};
