import { Mailbox } from './mailbox.js';

/** The mailboxes of one connection: an inbox with the canary message, and the usual empty ones. */
export class MailStore {
  readonly #mailboxes: Mailbox[];

  constructor(message: Buffer) {
    const inbox = new Mailbox('INBOX');
    inbox.add(message.toString('latin1'));
    this.#mailboxes = [
      inbox,
      new Mailbox('Drafts', ['\\Drafts']),
      new Mailbox('Sent', ['\\Sent']),
      new Mailbox('Trash', ['\\Trash']),
    ];
  }

  /** By name; INBOX in any case (RFC 9051 §5.1). */
  find(name: string): Mailbox | undefined {
    const wanted = canonical(name);
    return this.#mailboxes.find((mailbox) => mailbox.name === wanted);
  }

  /** False if the name is taken, empty, too long, or there are too many. */
  create(name: string): boolean {
    const wanted = canonical(name.replace(/\/$/, ''));
    if (wanted === '' || wanted.length > 255 || /[\0\r\n*%]/.test(wanted)) return false;
    if (this.find(wanted) !== undefined || this.#mailboxes.length >= MOST_MAILBOXES) return false;
    this.#mailboxes.push(new Mailbox(wanted));
    return true;
  }

  /** False if there is no such mailbox, or it is the inbox. */
  remove(name: string): boolean {
    const index = this.#mailboxes.findIndex((mailbox) => mailbox.name === canonical(name));
    if (index < 1) return false;
    this.#mailboxes.splice(index, 1);
    return true;
  }

  /** Mailboxes whose names match a LIST pattern with `*` and `%` (RFC 9051 §6.3.9). */
  matching(pattern: string): Mailbox[] {
    return this.#mailboxes.filter((mailbox) => matches(mailbox.name, /^inbox$/i.test(pattern) ? 'INBOX' : pattern));
  }
}

const canonical = (name: string): string => (/^inbox$/i.test(name) ? 'INBOX' : name);

// All prefixes of the name that the pattern reaches so far: work is pattern × name, never more.
const matches = (name: string, pattern: string): boolean => {
  let reached = new Set([0]);
  for (const char of pattern.slice(0, 1024)) {
    const next = new Set<number>();
    for (const position of reached) {
      if (char !== '*' && char !== '%') {
        if (name.charAt(position) === char) next.add(position + 1);
        continue;
      }
      next.add(position);
      for (
        let end = position;
        end < name.length && !next.has(end + 1) && (char === '*' || name.charAt(end) !== '/');
        end += 1
      )
        next.add(end + 1);
    }
    reached = next;
  }
  return reached.has(name.length);
};

const MOST_MAILBOXES = 1000;
