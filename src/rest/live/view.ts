import type { ServerResponse } from 'node:http';
import type { MailHost } from '../../mail/mail-host.js';
import { html, type Markup } from '../../report/html/markup.js';
import { badge, Charts, resultMarkup } from '../../report/html/results.js';
import type { RunningServer } from '../../serving/named-serve.js';
import type { Accepted, ServedVerdict } from '../../serving/serve.js';
import { serveReport } from '../../serving/serve-report.js';
import { Summaries } from '../summary.js';
import { Feed } from './feed.js';
import { livePage, livePolicy, type LivePageParts } from './page.js';

/** What is shown of one connection, by its key. */
interface Shown {
  readonly key: string;
  readonly markup: string;
}

/** What a live view tells of. */
export interface LiveViewOptions extends LivePageParts {
  readonly served: RunningServer;
  readonly mail?: MailHost | undefined;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Ids of the scenarios that are played at first. */
  readonly playing: readonly string[];
}

/** Connections, mails and verdicts as pages that are open see them. */
export class LiveView {
  readonly page: string;
  readonly policy = livePolicy();
  readonly #options: LiveViewOptions;
  readonly #feed = new Feed();
  readonly #shown = new Map<string, Shown>();
  readonly #summaries = new Summaries();
  readonly #unwatch: () => void;
  #playing: readonly string[];
  #mails = mailList([], 0);
  #isListing = false;
  #isStale = false;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#playing = options.playing;
    this.page = livePage(options);
    this.#unwatch =
      options.mail?.watch(() => {
        this.#list();
      }) ?? ((): void => undefined);
    this.#list();
  }

  /** A connection was accepted. */
  opened({ endpoint, connection, peer, at }: Accepted): void {
    const key = keyOf(endpoint.port, connection);
    // A verdict that was told meanwhile says more.
    if (this.#shown.has(key)) return;
    const { portRole } = endpoint.one;
    this.#put({
      key,
      markup: html`<div class="open" id="${key}">
        <span class="badge">… open</span> ${timeOf(at)} ${portRole} from ${peer}
      </div>`.toString(),
    });
  }

  /** A connection has ended, or something leaked on it. */
  judged(verdict: ServedVerdict): void {
    const { endpoint, connection, judgement, isOpen } = verdict;
    const key = keyOf(endpoint.port, connection);
    const { seed } = this.#options.served;
    const report = serveReport([verdict], { seed, startedAt: this.#options.startedAt });
    const [result] = report.results;
    if (result === undefined) return;
    const markup = resultMarkup(report, result, {
      id: key,
      isOpen: false,
      visits: new Map(),
      charts: new Charts(),
      isWhole: true,
    });
    this.#put(
      { key, markup: markup.toString() },
      `${judgement.status}: ${judgement.because}${isOpen ? ' (still connected)' : ''}`,
    );
  }

  /** Goes on to another scenario; false if there is none of this id. */
  choose(id: string): boolean {
    const { scenarios, served } = this.#options;
    if (!scenarios.some((each) => each.id === id)) return false;
    this.switched(served.choose(id));
    return true;
  }

  /** Other scenarios are played from now on. */
  switched(playing: readonly string[]): void {
    this.#playing = playing;
    this.#feed.tell({ event: 'playing', data: playing });
  }

  /** A page was opened. */
  open(page: ServerResponse): void {
    this.#feed.add(page, {
      event: 'now',
      data: {
        connections: [...this.#shown.values()],
        counts: this.#counts(),
        mails: this.#mails.toString(),
        playing: this.#playing,
      },
    });
  }

  end(): void {
    this.#unwatch();
    this.#feed.end();
  }

  #put(shown: Shown, said?: string): void {
    // The newest last, wherever it stood.
    const isNew = !this.#shown.has(shown.key);
    this.#shown.set(shown.key, shown);
    const [oldest] = this.#shown.keys();
    if (isNew && this.#shown.size > MOST_SHOWN && oldest !== undefined) this.#shown.delete(oldest);
    this.#feed.tell({
      event: 'connection',
      data: { ...shown, counts: this.#counts(), ...(said !== undefined && { said }) },
    });
  }

  #counts(): string {
    const { counts } = this.#options.served;
    return html`${[...counts].map(([status, count]) => html`<li><b>${count}</b>${badge(status)}</li>`)}`.toString();
  }

  /** Lists mails anew; while that is done, once more is enough for all that come meanwhile. */
  #list(): void {
    if (this.#isListing) {
      this.#isStale = true;
      return;
    }
    this.#isListing = true;
    this.#listed()
      .then((mails) => {
        this.#mails = mails;
        this.#feed.tell({ event: 'mails', data: mails.toString() });
      })
      .catch(() => undefined)
      .finally(() => {
        this.#isListing = false;
        if (!this.#isStale) return;
        this.#isStale = false;
        this.#list();
      })
      .catch(() => undefined);
  }

  async #listed(): Promise<Markup> {
    const { mail } = this.#options;
    if (mail === undefined) return mailList([], 0);
    const newest = mail.inbox.mails.slice(-MOST_MAILS).toReversed();
    const summaries = await Promise.all(newest.map((each) => this.#summaries.of(each)));
    return mailList(
      summaries.map(({ Created, From, To, Subject, Size }) => ({
        at: Created,
        from: From.Address,
        to: To.map(({ Address }) => Address).join(', '),
        subject: Subject,
        size: Size,
      })),
      mail.inbox.mails.length,
    );
  }
}

interface ListedMail {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly size: number;
}

const mailList = (mails: readonly ListedMail[], all: number): Markup =>
  mails.length === 0
    ? html`<p class="empty">No mail was delivered yet.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Mails">
        <table>
          <caption>
            ${all} in the inbox${all > mails.length && `, the newest ${String(mails.length)} are listed`}
          </caption>
          <thead>
            <tr>
              <th scope="col">received</th>
              <th scope="col">from</th>
              <th scope="col">to</th>
              <th scope="col">subject</th>
              <th scope="col">bytes</th>
            </tr>
          </thead>
          <tbody>
            ${mails.map(
              ({ at, from, to, subject, size }) =>
                html`<tr>
                  <td>${timeOf(at)}</td>
                  <td>${clip(from)}</td>
                  <td>${clip(to)}</td>
                  <td>${clip(subject)}</td>
                  <td>${size}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;

const clip = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

const timeOf = (at: string): string => at.slice(11, 19);

const keyOf = (port: number, connection: number): string => `c${String(port)}-${String(connection)}`;

const MOST_SHOWN = 200;
const MOST_MAILS = 50;
/** Characters. */
const LONGEST = 200;
