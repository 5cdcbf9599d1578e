import type { ClientTask, Driver } from '../clients/driver.js';
import type { ClientEnd } from '../verdict/visit.js';

/** What the client reported to its caller: a function returned or threw, a program ended with 0 or not. */
export interface AttendedEnd {
  readonly outcome: 'success' | 'failure';
  /** What it said about the failure. */
  readonly error?: string;
}

/** A client that is started and ended elsewhere. */
export class AttendedDriver implements Driver {
  readonly started: Promise<ClientTask>;
  #start: (task: ClientTask) => void = () => undefined;
  #end: (end: Partial<ClientEnd> & Pick<ClientEnd, 'how'>) => void = () => undefined;
  readonly #ended = new Promise<Partial<ClientEnd> & Pick<ClientEnd, 'how'>>((resolve) => {
    this.#end = resolve;
  });

  constructor() {
    this.started = new Promise((resolve) => {
      this.#start = resolve;
    });
  }

  async run(task: ClientTask): Promise<ClientEnd> {
    const begun = performance.now();
    task.signal.addEventListener(
      'abort',
      () => {
        this.#end({ how: 'stopped' });
      },
      { once: true },
    );
    this.#start(task);
    const end = await this.#ended;
    return { stdout: '', stderr: '', duration: performance.now() - begun, ...end };
  }

  finish({ outcome, error }: AttendedEnd): void {
    this.#end({ how: 'rested', ...(outcome === 'failure' && { error: error ?? 'the client failed' }) });
  }
}
