import { isDeleted, isSeen } from '../../mail/kept-mail.js';
import type { MailHost } from '../../mail/mail-host.js';
import type { Mailbox } from '../../mail/mailbox.js';
import type { Command } from '../protocol.js';
import { latin1 } from '../text.js';
import { commandArguments } from './command.js';
import { fetched, fetchItems, flags, marksSeen } from './fetch.js';
import { matchesPattern } from './list-pattern.js';
import { MailboxView, type NumberedMail } from './mailbox-view.js';
import { search } from './search.js';
import { sequenceSet } from './sequence.js';
import { string, type Token } from './syntax.js';

/** Untagged lines, and the tagged line's status and text. */
export interface CommandOutcome {
  /** Made while they are sent, where there may be very many. */
  readonly lines: Iterable<string>;
  readonly final: string;
}

/** What a logged-in client may do with mail on one connection (RFC 9051 §6.3, §6.4). */
export class SelectedMailbox {
  readonly #host: MailHost;
  readonly #extensions: ReadonlySet<string>;
  #selected: MailboxView | undefined;
  #isReadOnly = false;

  constructor(host: MailHost, extensions: readonly string[]) {
    this.#host = host;
    this.#extensions = new Set(extensions.map((extension) => extension.toUpperCase()));
  }

  /** Whether mails came or went that the client has not been told of. */
  get hasNews(): boolean {
    return this.#selected?.hasNews === true;
  }

  /** Untagged lines about mails that came or went; the client counts anew from here on. */
  news(): string[] {
    return this.#selected === undefined ? [] : [...this.#selected.expunged(), ...this.#selected.arrived()];
  }

  /** The answer to a command; undefined if it is unknown. */
  answer(command: Command): CommandOutcome | undefined {
    const { tokens, malformed } = commandArguments(command);
    if (malformed) return BAD_ARGUMENTS;
    const isUid = command.verb === 'UID';
    const verb = isUid ? (tokens[0]?.text ?? '').toUpperCase() : command.verb;
    const outcome = isUid
      ? this.#inMailbox(verb, tokens.slice(1), true)
      : (this.#anywhere(verb, tokens) ?? this.#inMailbox(verb, tokens, false));
    if (outcome === undefined || KEEPS_NUMBERS.has(verb)) return outcome;
    return { ...outcome, lines: [...outcome.lines, ...this.news()] };
  }

  #anywhere(verb: string, tokens: readonly Token[]): CommandOutcome | undefined {
    const name = tokens[0]?.text ?? '';
    switch (verb) {
      case 'SELECT':
      case 'EXAMINE':
        return this.#select(name, verb === 'EXAMINE');
      case 'LIST':
      case 'LSUB':
      case 'XLIST':
        return this.#list(verb, tokens);
      case 'STATUS':
        return this.#status(name, tokens[1]);
      case 'CREATE':
        return this.#host.create(name) ? done('Created') : no('[ALREADYEXISTS] Not created');
      case 'DELETE':
        return this.#host.remove(name) ? done('Deleted') : no('[NONEXISTENT] No such mailbox');
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        return this.#subscribe(name, verb === 'SUBSCRIBE');
      case 'APPEND':
        return this.#append(tokens);
      case 'NAMESPACE':
        return done('Namespace completed', ['NAMESPACE (("" "/")) NIL NIL']);
      case 'ENABLE':
        return done('Enabled', ['ENABLED']);
      default:
        return undefined;
    }
  }

  #inMailbox(verb: string, tokens: readonly Token[], isUid: boolean): CommandOutcome | undefined {
    if (!IN_MAILBOX.has(verb)) return isUid ? BAD_ARGUMENTS : undefined;
    const view = this.#selected;
    if (view === undefined) return bad('Select a mailbox first');
    switch (verb) {
      case 'FETCH':
        return this.#fetch(view, tokens, isUid);
      case 'SEARCH':
        return found(view, tokens, isUid);
      case 'STORE':
        return this.#isReadOnly ? READ_ONLY : this.#store(view, tokens, isUid);
      case 'COPY':
      case 'MOVE':
        return this.#copy(view, tokens, isUid, verb === 'MOVE');
      case 'EXPUNGE':
        return this.#expunge(view, isUid ? tokens[0] : undefined);
      case 'CLOSE':
        if (!this.#isReadOnly) this.#host.take(view.mailbox, isDeleted);
        this.#selected = undefined;
        return done('Closed');
      case 'UNSELECT':
        this.#selected = undefined;
        return done('Unselected');
      default:
        return done('Checked');
    }
  }

  #select(name: string, isReadOnly: boolean): CommandOutcome {
    const mailbox = this.#host.find(name);
    this.#selected = mailbox && new MailboxView(mailbox);
    this.#isReadOnly = isReadOnly;
    if (mailbox === undefined) return no('[NONEXISTENT] No such mailbox');
    const firstUnseen = mailbox.mails.findIndex((mail) => !isSeen(mail));
    return {
      lines: [
        `FLAGS (${SYSTEM_FLAGS})`,
        `OK [PERMANENTFLAGS (${isReadOnly ? '' : `${SYSTEM_FLAGS} \\*`})] Flags that are kept`,
        `${mailbox.mails.length} EXISTS`,
        '0 RECENT',
        ...(firstUnseen === -1 ? [] : [`OK [UNSEEN ${firstUnseen + 1}] First unseen message`]),
        `OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs are valid`,
        `OK [UIDNEXT ${mailbox.uidNext}] Next UID`,
      ],
      final: isReadOnly ? 'OK [READ-ONLY] Examined' : 'OK [READ-WRITE] Selected',
    };
  }

  // Selection options and return options (RFC 5258) are taken and not heeded: they are not offered.
  #list(verb: string, tokens: readonly Token[]): CommandOutcome {
    const [reference, patterns] = tokens[0]?.kind === 'list' ? tokens.slice(1) : tokens;
    if (reference === undefined || patterns === undefined) return BAD_ARGUMENTS;
    const wanted = patterns.kind === 'list' ? patterns.items : [patterns];
    if (wanted.length === 1 && wanted[0]?.text === '') return done('Listed', [`${verb} (\\Noselect) "/" ""`]);
    const named = new Set(
      wanted.slice(0, 16).flatMap(({ text }) => matching(this.#host.mailboxes, reference.text + text)),
    );
    const listed = [...named].filter((mailbox) => verb !== 'LSUB' || mailbox.isSubscribed);
    return done(
      'Listed',
      listed.map(
        (mailbox) => `${verb} (${['\\HasNoChildren', ...mailbox.attributes].join(' ')}) "/" ${string(mailbox.name)}`,
      ),
    );
  }

  #status(name: string, items: Token | undefined): CommandOutcome {
    const mailbox = this.#host.find(name);
    if (mailbox === undefined) return no('[NONEXISTENT] No such mailbox');
    const counts: Readonly<Record<string, number>> = {
      MESSAGES: mailbox.mails.length,
      RECENT: 0,
      UIDNEXT: mailbox.uidNext,
      UIDVALIDITY: mailbox.uidValidity,
      UNSEEN: mailbox.unseen,
      DELETED: mailbox.mails.filter(isDeleted).length,
      SIZE: mailbox.mails.reduce((sum, { size }) => sum + size, 0),
    };
    const asked = (items?.items ?? []).map(({ text }) => text.toUpperCase());
    if (asked.length === 0 || asked.some((item) => counts[item] === undefined)) return BAD_ARGUMENTS;
    return done('Status completed', [
      `STATUS ${string(mailbox.name)} (${asked.map((item) => `${item} ${counts[item]}`).join(' ')})`,
    ]);
  }

  #subscribe(name: string, isSubscribed: boolean): CommandOutcome {
    const mailbox = this.#host.find(name);
    if (mailbox === undefined) return no('[NONEXISTENT] No such mailbox');
    mailbox.isSubscribed = isSubscribed;
    return done(isSubscribed ? 'Subscribed' : 'Unsubscribed');
  }

  #append(tokens: readonly Token[]): CommandOutcome {
    const message = tokens.at(-1);
    const mailbox = this.#host.find(tokens[0]?.text ?? '');
    if (tokens.length < 2 || message?.kind !== 'literal') return BAD_ARGUMENTS;
    if (mailbox === undefined) return no('[TRYCREATE] No such mailbox');
    const keywords = tokens.slice(1).find(({ kind }) => kind === 'list')?.items ?? [];
    const date = tokens.slice(1).find(({ kind }) => kind === 'quoted')?.text;
    const mail = this.#host.add(mailbox, latin1(message.text), {
      flags: keywords.map(flagName),
      ...(date !== undefined && { internalDate: date }),
    });
    if (mail === undefined) return FULL;
    const code = this.#extensions.has('UIDPLUS') ? `[APPENDUID ${mailbox.uidValidity} ${mail.uid}] ` : '';
    return done(`${code}Appended`);
  }

  #fetch(view: MailboxView, tokens: readonly Token[], isUid: boolean): CommandOutcome {
    const items = fetchItems(tokens[1]);
    const messages = chosen(view, tokens[0], isUid);
    if (messages === undefined || items.length === 0 || items.length > MOST_ITEMS) return BAD_ARGUMENTS;
    if (isUid && !items.some((item) => item.toUpperCase() === 'UID')) items.unshift('UID');
    const [first] = view.chosen(() => true);
    if (first !== undefined && fetched(first, items) === undefined) return BAD_ARGUMENTS;
    return { lines: this.#fetchLines(view, messages, items), final: 'OK Fetched' };
  }

  *#fetchLines(view: MailboxView, messages: Iterable<NumberedMail>, items: readonly string[]): Generator<string> {
    const asksFlags = items.some((item) => item.toUpperCase() === 'FLAGS');
    const marks = marksSeen(items) && !this.#isReadOnly;
    for (const message of messages) {
      const { mail, number } = message;
      const isNewlySeen = marks && !isSeen(mail);
      if (isNewlySeen) this.#host.setFlags(view.mailbox, mail, [...mail.flags, '\\Seen']);
      yield `${number} FETCH (${fetched(message, items) ?? ''}${isNewlySeen && !asksFlags ? ` ${flags(mail)}` : ''})`;
    }
  }

  #copy(view: MailboxView, tokens: readonly Token[], isUid: boolean, isMove: boolean): CommandOutcome {
    const numbered = chosen(view, tokens[0], isUid);
    if (numbered === undefined || tokens[1] === undefined) return BAD_ARGUMENTS;
    if (isMove && this.#isReadOnly) return READ_ONLY;
    const target = this.#host.find(tokens[1].text);
    if (target === undefined) return no('[TRYCREATE] No such mailbox');
    const mails = [...numbered].map(({ mail }) => mail).filter(({ isGone }) => !isGone);
    if (!this.#host.hasRoom(mails.map(({ size }) => size))) return FULL;
    const pairs = mails.flatMap((mail) => {
      const { flags: kept, internalDate, envelope } = mail;
      const copy = this.#host.add(target, mail.content(), { flags: kept, internalDate, envelope });
      return copy === undefined ? [] : [{ mail, copy }];
    });
    const code =
      this.#extensions.has('UIDPLUS') && pairs.length > 0
        ? `[COPYUID ${target.uidValidity} ${pairs.map(({ mail }) => mail.uid).join(',')} ${pairs.map(({ copy }) => copy.uid).join(',')}] `
        : '';
    const exists = view.arrived();
    if (!isMove) return { lines: exists, final: `OK ${code}Copied` };
    const gone = new Set(pairs.map(({ mail }) => mail));
    this.#host.take(view.mailbox, (mail) => gone.has(mail));
    return {
      lines: [...exists, ...(code !== '' ? [`OK ${code}Moved`] : []), ...view.expunged()],
      final: 'OK Moved',
    };
  }

  #expunge(view: MailboxView, uids: Token | undefined): CommandOutcome {
    if (this.#isReadOnly) return READ_ONLY;
    const set = uids === undefined ? () => true : sequenceSet(uids.text, view.largestUid);
    if (set === undefined) return BAD_ARGUMENTS;
    this.#host.take(view.mailbox, (mail) => isDeleted(mail) && set(mail.uid));
    return done('Expunged', view.expunged());
  }

  #store(view: MailboxView, tokens: readonly Token[], isUid: boolean): CommandOutcome {
    const messages = chosen(view, tokens[0], isUid);
    const [, how = '', silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(tokens[1]?.text ?? '') ?? [];
    if (messages === undefined || !/^[+-]?FLAGS/i.test(tokens[1]?.text ?? '') || tokens[2] === undefined)
      return BAD_ARGUMENTS;
    const names = (tokens[2].kind === 'list' ? tokens[2].items : tokens.slice(2)).map(flagName).slice(0, MOST_ITEMS);
    const lines: string[] = [];
    for (const { mail, number } of messages) {
      this.#host.setFlags(
        view.mailbox,
        mail,
        how === '+'
          ? [...mail.flags, ...names]
          : how === '-'
            ? [...mail.flags].filter((flag) => !names.includes(flag))
            : names,
      );
      if (silent === undefined) lines.push(`${number} FETCH (${isUid ? `UID ${mail.uid} ` : ''}${flags(mail)})`);
    }
    return done('Stored', lines);
  }
}

const chosen = (view: MailboxView, token: Token | undefined, isUid: boolean): Iterable<NumberedMail> | undefined => {
  const set = sequenceSet(token?.text ?? '', isUid ? view.largestUid : view.length);
  return set && view.chosen((number, uid) => set(isUid ? uid : number));
};

const found = (view: MailboxView, keys: readonly Token[], isUid: boolean): CommandOutcome =>
  keys.length === 0 ? BAD_ARGUMENTS : done('Searched', [['SEARCH', ...search(view, keys, isUid)].join(' ')]);

// System flags are the same in any case.
const flagName = ({ text }: Token): string =>
  SYSTEM_FLAGS.split(' ').find((flag) => flag.toLowerCase() === text.toLowerCase()) ?? text.replace(/[\r\n()]/g, '');

const matching = (mailboxes: readonly Mailbox[], pattern: string): Mailbox[] =>
  mailboxes.filter((mailbox) => matchesPattern(mailbox.name, /^inbox$/i.test(pattern) ? 'INBOX' : pattern));

const done = (text: string, lines: readonly string[] = []): CommandOutcome => ({ lines, final: `OK ${text}` });
const no = (text: string): CommandOutcome => ({ lines: [], final: `NO ${text}` });
const bad = (text: string): CommandOutcome => ({ lines: [], final: `BAD ${text}` });

const BAD_ARGUMENTS = bad('Wrong arguments');
const READ_ONLY = no('[NOPERM] The mailbox is read-only');
const FULL = no('[OVERQUOTA] The mailbox is full');
const SYSTEM_FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';
const MOST_ITEMS = 100;
/** Commands in whose answers no number may change (RFC 9051 §7.5.1). */
const KEEPS_NUMBERS: ReadonlySet<string> = new Set(['FETCH', 'STORE', 'SEARCH']);
const IN_MAILBOX: ReadonlySet<string> = new Set([
  'FETCH',
  'SEARCH',
  'STORE',
  'COPY',
  'MOVE',
  'EXPUNGE',
  'CHECK',
  'CLOSE',
  'UNSELECT',
]);
