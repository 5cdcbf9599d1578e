import type { ServerResponse } from 'node:http';

/** Something that a page is told (Server-Sent Events, WHATWG HTML §9.2). */
export interface LiveEvent {
  readonly event: string;
  /** JSON. */
  readonly data: unknown;
}

/** The pages that are open; each has all events since it was opened. */
export class Feed {
  readonly #pages = new Set<ServerResponse>();

  /** A page was opened: it is told what holds now, then everything that happens. */
  add(page: ServerResponse, now: LiveEvent): void {
    page.writeHead(200, { ...EVENT_HEADERS });
    this.#pages.add(page);
    page.on('close', () => this.#pages.delete(page));
    page.on('error', () => this.#pages.delete(page));
    page.write(`retry: 1000\n\n${written(now)}`);
  }

  get size(): number {
    return this.#pages.size;
  }

  /** Tells every page; one that does not read is let go, and asks anew when it does. */
  tell(event: LiveEvent): void {
    const text = written(event);
    for (const page of this.#pages)
      if (page.writableLength > MOST_UNREAD) page.destroy();
      else page.write(text);
  }

  end(): void {
    for (const page of this.#pages) page.end();
  }
}

const written = ({ event, data }: LiveEvent): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const EVENT_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};
/** Bytes. */
const MOST_UNREAD = 4 * 1024 * 1024;
