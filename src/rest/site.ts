import type { KeptMail } from '../mail/kept-mail.js';
import type { DropIn } from '../serving/drop-in.js';
import type { SetupDocument } from '../serving/setup-documents.js';
import { HttpError } from './http-error.js';
import type { Services } from './services.js';
import { Summaries } from './summary.js';

/** What the REST interface and its page tell of: the inbox of all servers, and what connections came to. */
export class MailSite {
  readonly servers: DropIn;
  /** The CA and settings for clients, by path. */
  readonly documents: ReadonlyMap<string, SetupDocument>;
  /** Servers that some requests need besides our own. */
  readonly services: Services;
  readonly summaries = new Summaries();
  /** Milliseconds since 1970. */
  readonly startedAt = Date.now();
  readonly #tags = new WeakMap<KeptMail, Set<string>>();
  readonly #run: string;

  constructor(servers: DropIn, documents: readonly SetupDocument[], services: Services = {}) {
    this.servers = servers;
    this.services = services;
    this.documents = new Map(documents.map((document) => [document.path, document]));
    // Mails of an earlier run, whose numbers began anew, are not mistaken for ours.
    this.#run = servers.mail.inbox.uidValidity.toString(36);
  }

  /** Newest first. */
  get mails(): KeptMail[] {
    return this.servers.mail.inbox.mails.toReversed();
  }

  /** The name of a mail in this interface. */
  idOf({ number }: KeptMail): string {
    return `${this.#run}x${String(number)}`;
  }

  /** The mail of an id, or the one that came last with `latest`; throws a 404. */
  mail(id: string): KeptMail {
    const { mails } = this.servers.mail.inbox;
    const mail = id === 'latest' ? mails.at(-1) : this.#find(id);
    if (mail === undefined) throw new HttpError(404, 'there is no such message');
    return mail;
  }

  /** Those that are there; ids of others are ignored. */
  some(ids: readonly string[]): KeptMail[] {
    return ids.flatMap((id) => this.#find(id) ?? []);
  }

  remove(mails: readonly KeptMail[]): void {
    const gone = new Set(mails);
    this.servers.mail.take(this.servers.mail.inbox, (mail) => gone.has(mail));
  }

  setRead(mails: readonly KeptMail[], isRead: boolean): void {
    const { mail: host } = this.servers;
    for (const mail of mails) {
      if (mail.flags.has('\\Seen') === isRead) continue;
      const others = [...mail.flags].filter((flag) => flag !== '\\Seen');
      host.setFlags(host.inbox, mail, isRead ? [...others, '\\Seen'] : others);
    }
  }

  tagsOf(mail: KeptMail): ReadonlySet<string> {
    return this.#tags.get(mail) ?? NO_TAGS;
  }

  setTags(mail: KeptMail, tags: Iterable<string>): void {
    this.#tags.set(mail, new Set([...tags].map((tag) => tag.trim().slice(0, LONGEST_TAG)).filter(Boolean)));
  }

  /** All tags with the number of their mails, by name. */
  tagCounts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const mail of this.servers.mail.inbox.mails)
      for (const tag of this.tagsOf(mail)) counts.set(tag, 1 + (counts.get(tag) ?? 0));
    return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #find(id: string): KeptMail | undefined {
    const [, run, digits = ''] = /^([0-9a-z]{1,12}?)x(\d{1,15})$/.exec(id) ?? [];
    if (run !== this.#run) return undefined;
    const number = Number(digits);
    const { mails } = this.servers.mail.inbox;
    // Ascending by number.
    let [low, high] = [0, mails.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((mails[middle]?.number ?? Infinity) < number) low = middle + 1;
      else high = middle;
    }
    const mail = mails[low];
    return mail?.number === number ? mail : undefined;
  }
}

const NO_TAGS: ReadonlySet<string> = new Set();
const LONGEST_TAG = 100;
