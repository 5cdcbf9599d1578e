import type { Command } from '../protocol.js';
import { commandArguments } from './command.js';
import { fetched, fetchItems, flags, marksSeen } from './fetch.js';
import { MailStore } from './mail-store.js';
import { UID_VALIDITY, type Mailbox, type Stored } from './mailbox.js';
import { search } from './search.js';
import { sequenceSet } from './sequence.js';
import { string, type Token } from './syntax.js';

/** Untagged lines, and the tagged line's status and text. */
export interface CommandOutcome {
  readonly lines: readonly string[];
  readonly final: string;
}

/** What a logged-in client may do with mail on one connection (RFC 9051 §6.3, §6.4). */
export class SelectedMailbox {
  readonly #store: MailStore;
  readonly #extensions: ReadonlySet<string>;
  #selected: Mailbox | undefined;
  #isReadOnly = false;

  constructor(message: Buffer, extensions: readonly string[]) {
    this.#store = new MailStore(message);
    this.#extensions = new Set(extensions.map((extension) => extension.toUpperCase()));
  }

  /** The answer to a command; undefined if it is unknown. */
  answer(command: Command): CommandOutcome | undefined {
    const { tokens, malformed } = commandArguments(command);
    if (malformed) return BAD_ARGUMENTS;
    if (command.verb === 'UID') return this.#inMailbox((tokens[0]?.text ?? '').toUpperCase(), tokens.slice(1), true);
    return this.#anywhere(command.verb, tokens) ?? this.#inMailbox(command.verb, tokens, false);
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
        return this.#store.create(name) ? done('Created') : no('[ALREADYEXISTS] Not created');
      case 'DELETE':
        return this.#store.remove(name) ? done('Deleted') : no('[NONEXISTENT] No such mailbox');
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
    const mailbox = this.#selected;
    if (mailbox === undefined) return bad('Select a mailbox first');
    switch (verb) {
      case 'FETCH':
        return this.#fetch(mailbox, tokens, isUid);
      case 'SEARCH':
        return found(mailbox, tokens, isUid);
      case 'STORE':
        return this.#isReadOnly ? READ_ONLY : store(mailbox, tokens, isUid);
      case 'COPY':
      case 'MOVE':
        return this.#copy(mailbox, tokens, isUid, verb === 'MOVE');
      case 'EXPUNGE':
        return this.#expunge(mailbox, isUid ? tokens[0] : undefined);
      case 'CLOSE':
        if (!this.#isReadOnly) mailbox.remove(isDeleted);
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
    const mailbox = this.#store.find(name);
    this.#selected = mailbox;
    this.#isReadOnly = isReadOnly;
    if (mailbox === undefined) return no('[NONEXISTENT] No such mailbox');
    const firstUnseen = mailbox.messages.findIndex((message) => !message.flags.has('\\Seen'));
    return {
      lines: [
        `FLAGS (${SYSTEM_FLAGS})`,
        `OK [PERMANENTFLAGS (${isReadOnly ? '' : `${SYSTEM_FLAGS} \\*`})] Flags that are kept`,
        `${mailbox.messages.length} EXISTS`,
        '0 RECENT',
        ...(firstUnseen === -1 ? [] : [`OK [UNSEEN ${firstUnseen + 1}] First unseen message`]),
        `OK [UIDVALIDITY ${UID_VALIDITY}] UIDs are valid`,
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
    const matching = new Set(wanted.slice(0, 16).flatMap(({ text }) => this.#store.matching(reference.text + text)));
    const listed = [...matching].filter((mailbox) => verb !== 'LSUB' || mailbox.isSubscribed);
    return done(
      'Listed',
      listed.map(
        (mailbox) => `${verb} (${['\\HasNoChildren', ...mailbox.attributes].join(' ')}) "/" ${string(mailbox.name)}`,
      ),
    );
  }

  #status(name: string, items: Token | undefined): CommandOutcome {
    const mailbox = this.#store.find(name);
    if (mailbox === undefined) return no('[NONEXISTENT] No such mailbox');
    const counts: Readonly<Record<string, number>> = {
      MESSAGES: mailbox.messages.length,
      RECENT: 0,
      UIDNEXT: mailbox.uidNext,
      UIDVALIDITY: UID_VALIDITY,
      UNSEEN: mailbox.unseen().length,
      DELETED: mailbox.messages.filter(isDeleted).length,
      SIZE: mailbox.messages.reduce((sum, { text }) => sum + text.length, 0),
    };
    const asked = (items?.items ?? []).map(({ text }) => text.toUpperCase());
    if (asked.length === 0 || asked.some((item) => counts[item] === undefined)) return BAD_ARGUMENTS;
    return done('Status completed', [
      `STATUS ${string(mailbox.name)} (${asked.map((item) => `${item} ${counts[item]}`).join(' ')})`,
    ]);
  }

  #subscribe(name: string, isSubscribed: boolean): CommandOutcome {
    const mailbox = this.#store.find(name);
    if (mailbox === undefined) return no('[NONEXISTENT] No such mailbox');
    mailbox.isSubscribed = isSubscribed;
    return done(isSubscribed ? 'Subscribed' : 'Unsubscribed');
  }

  #append(tokens: readonly Token[]): CommandOutcome {
    const message = tokens.at(-1);
    const mailbox = this.#store.find(tokens[0]?.text ?? '');
    if (tokens.length < 2 || message?.kind !== 'literal') return BAD_ARGUMENTS;
    if (mailbox === undefined) return no('[TRYCREATE] No such mailbox');
    if (!mailbox.hasRoom([message.text.length])) return FULL;
    const keywords = tokens.slice(1).find(({ kind }) => kind === 'list')?.items ?? [];
    const date = tokens.slice(1).find(({ kind }) => kind === 'quoted')?.text;
    const uid = mailbox.add(message.text, keywords.map(flagName), date);
    const code = this.#extensions.has('UIDPLUS') ? `[APPENDUID ${UID_VALIDITY} ${uid}] ` : '';
    return {
      lines: mailbox === this.#selected ? [`${mailbox.messages.length} EXISTS`] : [],
      final: `OK ${code}Appended`,
    };
  }

  #fetch(mailbox: Mailbox, tokens: readonly Token[], isUid: boolean): CommandOutcome {
    const items = fetchItems(tokens[1]);
    const messages = chosen(mailbox, tokens[0], isUid);
    if (messages === undefined || items.length === 0 || items.length > MOST_ITEMS) return BAD_ARGUMENTS;
    if (isUid && !items.some((item) => item.toUpperCase() === 'UID')) items.unshift('UID');
    const asksFlags = items.some((item) => item.toUpperCase() === 'FLAGS');
    const lines: string[] = [];
    for (const { message, number } of messages) {
      const isNewlySeen = marksSeen(items) && !this.#isReadOnly && !message.flags.has('\\Seen');
      if (isNewlySeen) message.flags.add('\\Seen');
      const answer = fetched(message, items);
      if (answer === undefined) return BAD_ARGUMENTS;
      lines.push(`${number} FETCH (${answer}${isNewlySeen && !asksFlags ? ` ${flags(message)}` : ''})`);
    }
    return done('Fetched', lines);
  }

  #copy(mailbox: Mailbox, tokens: readonly Token[], isUid: boolean, isMove: boolean): CommandOutcome {
    const messages = chosen(mailbox, tokens[0], isUid);
    if (messages === undefined || tokens[1] === undefined) return BAD_ARGUMENTS;
    if (isMove && this.#isReadOnly) return READ_ONLY;
    const target = this.#store.find(tokens[1].text);
    if (target === undefined) return no('[TRYCREATE] No such mailbox');
    if (!target.hasRoom(messages.map(({ message }) => message.text.length))) return FULL;
    const from = messages.map(({ message }) => message.uid);
    const to = messages.map(({ message }) => target.add(message.text, message.flags, message.internalDate));
    const code =
      this.#extensions.has('UIDPLUS') && to.length > 0
        ? `[COPYUID ${UID_VALIDITY} ${from.join(',')} ${to.join(',')}] `
        : '';
    const exists = target === mailbox ? [`${mailbox.messages.length} EXISTS`] : [];
    const gone = new Set(messages.map(({ message }) => message));
    const expunged = isMove ? mailbox.remove((message) => gone.has(message)).map((number) => `${number} EXPUNGE`) : [];
    return {
      lines: [...exists, ...(isMove && code !== '' ? [`OK ${code}Moved`] : []), ...expunged],
      final: isMove ? 'OK Moved' : `OK ${code}Copied`,
    };
  }

  #expunge(mailbox: Mailbox, uids: Token | undefined): CommandOutcome {
    if (this.#isReadOnly) return READ_ONLY;
    const set = uids === undefined ? () => true : sequenceSet(uids.text, mailbox.messages.at(-1)?.uid ?? 0);
    if (set === undefined) return BAD_ARGUMENTS;
    return done(
      'Expunged',
      mailbox.remove((message) => isDeleted(message) && set(message.uid)).map((number) => `${number} EXPUNGE`),
    );
  }
}

interface Chosen {
  readonly message: Stored;
  readonly number: number;
}

const chosen = (mailbox: Mailbox, token: Token | undefined, isUid: boolean): Chosen[] | undefined => {
  const largest = isUid ? (mailbox.messages.at(-1)?.uid ?? 0) : mailbox.messages.length;
  const set = sequenceSet(token?.text ?? '', largest);
  if (set === undefined) return undefined;
  return mailbox.messages
    .map((message, index) => ({ message, number: index + 1 }))
    .filter(({ message, number }) => set(isUid ? message.uid : number));
};

const found = (mailbox: Mailbox, keys: readonly Token[], isUid: boolean): CommandOutcome => {
  if (keys.length === 0) return BAD_ARGUMENTS;
  const numbers = search(mailbox, keys).map((number) => (isUid ? (mailbox.messages[number - 1]?.uid ?? 0) : number));
  return done('Searched', [['SEARCH', ...numbers].join(' ')]);
};

const store = (mailbox: Mailbox, tokens: readonly Token[], isUid: boolean): CommandOutcome => {
  const messages = chosen(mailbox, tokens[0], isUid);
  const [, how = '', silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(tokens[1]?.text ?? '') ?? [];
  if (messages === undefined || !/^[+-]?FLAGS/i.test(tokens[1]?.text ?? '') || tokens[2] === undefined)
    return BAD_ARGUMENTS;
  const names = (tokens[2].kind === 'list' ? tokens[2].items : tokens.slice(2)).map(flagName).slice(0, MOST_ITEMS);
  const lines = messages.map(({ message, number }) => {
    message.flags = new Set(
      how === '+'
        ? [...message.flags, ...names]
        : how === '-'
          ? [...message.flags].filter((flag) => !names.includes(flag))
          : names,
    );
    return `${number} FETCH (${isUid ? `UID ${message.uid} ` : ''}${flags(message)})`;
  });
  return done('Stored', silent === undefined ? lines : []);
};

const isDeleted = (message: Stored): boolean => message.flags.has('\\Deleted');

// System flags are the same in any case.
const flagName = ({ text }: Token): string =>
  SYSTEM_FLAGS.split(' ').find((flag) => flag.toLowerCase() === text.toLowerCase()) ?? text.replace(/[\r\n()]/g, '');

const done = (text: string, lines: readonly string[] = []): CommandOutcome => ({ lines, final: `OK ${text}` });
const no = (text: string): CommandOutcome => ({ lines: [], final: `NO ${text}` });
const bad = (text: string): CommandOutcome => ({ lines: [], final: `BAD ${text}` });

const BAD_ARGUMENTS = bad('Wrong arguments');
const READ_ONLY = no('[NOPERM] The mailbox is read-only');
const FULL = no('[OVERQUOTA] The mailbox is full');
const SYSTEM_FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';
const MOST_ITEMS = 100;
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
