/** Counts the connections of a visit. */
export class Connections {
  connections = 0;
  #ended = 0;
  readonly #waiting = new Set<() => void>();
  readonly onStarted = (): void => {
    this.connections += 1;
    this.#tell();
  };
  readonly onConnectionEnd = (): void => {
    this.#ended += 1;
    this.#tell();
  };

  /** Whether it came to that before `timeout` milliseconds were over. */
  reached(until: 'connected' | 'disconnected', timeout: number): Promise<boolean> {
    const holds = (): boolean => this.connections > 0 && (until === 'connected' || this.#ended >= this.connections);
    return new Promise((resolve) => {
      const done = (is: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(is);
      };
      const timer = setTimeout(() => {
        done(holds());
      }, timeout);
      const look = (): void => {
        if (holds()) done(true);
      };
      this.#waiting.add(look);
      look();
    });
  }

  #tell(): void {
    for (const look of this.#waiting) look();
  }
}
