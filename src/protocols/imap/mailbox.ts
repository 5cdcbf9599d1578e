import { parsePart, fieldValue, type Part } from './mime.js';

/** A message in a mailbox of the honest server. */
export interface Stored {
  readonly uid: number;
  flags: Set<string>;
  /** In latin1. */
  readonly text: string;
  readonly part: Part;
  /** As in `17-Jul-1996 02:44:25 -0700`. */
  readonly internalDate: string;
}

/** One mailbox, alive as long as its connection. */
export class Mailbox {
  readonly name: string;
  readonly attributes: readonly string[];
  readonly messages: Stored[] = [];
  isSubscribed = true;
  uidNext = 1;

  constructor(name: string, attributes: readonly string[] = []) {
    this.name = name;
    this.attributes = attributes;
  }

  add(text: string, flags: Iterable<string> = [], internalDate?: string): number {
    const uid = this.uidNext;
    this.uidNext += 1;
    const part = parsePart(text);
    const date = internalDate ?? dateOf(fieldValue(part.fields, 'date'));
    this.messages.push({ uid, flags: new Set(flags), text, part, internalDate: date });
    return uid;
  }

  /** Removes messages; returns their sequence numbers as EXPUNGE responses count them. */
  remove(isGone: (message: Stored) => boolean): number[] {
    const numbers: number[] = [];
    for (let index = 0; index < this.messages.length;) {
      const message = this.messages[index];
      if (message !== undefined && isGone(message)) {
        this.messages.splice(index, 1);
        numbers.push(index + 1);
      } else index += 1;
    }
    return numbers;
  }

  /** Whether messages of so many bytes fit. */
  hasRoom(sizes: readonly number[]): boolean {
    const bytes = [...this.messages.map(({ text }) => text.length), ...sizes].reduce((sum, size) => sum + size, 0);
    return this.messages.length + sizes.length <= MOST_MESSAGES && bytes <= MOST_BYTES;
  }

  unseen(): Stored[] {
    return this.messages.filter((message) => !message.flags.has('\\Seen'));
  }
}

/** The same for every mailbox: visits do not outlive it. */
export const UID_VALIDITY = 1;

const MOST_MESSAGES = 1000;
const MOST_BYTES = 16 * 1024 * 1024;

// Without a clock: the date that the message carries, or one fixed day.
const dateOf = (header: string | undefined): string => {
  const found = /(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4})/.exec(header ?? '');
  const [, day = '1', month = 'Jan', year = '2026', time = '00:00:00', zone = '+0000'] = found ?? [];
  return `${day.padStart(2, '0')}-${month}-${year} ${time} ${zone}`;
};
