import type { MailHost } from '../../mail/mail-host.js';

/** Waits for news that a client which idles is to be told. */
export class IdleWatch {
  readonly #hasNews: () => boolean;
  readonly #unwatch: () => void;
  #resolve: (() => void) | undefined;

  constructor(host: MailHost, hasNews: () => boolean) {
    this.#hasNews = hasNews;
    this.#unwatch = host.watch(() => {
      this.look();
    });
  }

  /** Resolves when there is something to tell. */
  arrives(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.look();
    });
  }

  /** Mails came or went, or the client began to idle. */
  look(): void {
    if (this.#resolve === undefined || !this.#hasNews()) return;
    this.#resolve();
    this.#resolve = undefined;
  }

  /** The connection is over. */
  end(): void {
    this.#unwatch();
  }
}
