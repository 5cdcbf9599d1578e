import { openSession, type SessionFolder } from '../place/visit-home.js';
import registry from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import { AttendedSession } from '../testing/attended.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import type { Known } from '../verdict/known.js';
import { caFiles } from './ca-files.js';
import { Caller } from './caller.js';
import type { Answered } from './messages.js';

export interface ControlOptions {
  /** User names and passwords are made from it; random by default. */
  readonly seed?: string;
  /** Scenarios of your own, besides waxseal's. */
  readonly scenarios?: readonly Scenario[];
  /** Results that are accepted, with a reason each; these pass. */
  readonly known?: readonly Known[];
}

/** Everything that callers share: the CA, and what was learned of clients. */
export class Control implements AsyncDisposable {
  readonly session: AttendedSession;
  readonly files: Answered<'hello'>['ca'];
  readonly scenarios: readonly Scenario[];
  readonly known: readonly Known[];
  /** Visits whose verdict was not asked for yet, of all callers. */
  open = 0;
  readonly #folder: SessionFolder;
  readonly #callers = new Set<Caller>();

  private constructor(
    folder: SessionFolder,
    authority: Authority,
    { seed, scenarios = [], known = [] }: ControlOptions,
  ) {
    this.#folder = folder;
    this.scenarios = [...registry, ...scenarios];
    this.known = known;
    this.session = new AttendedSession({ authority, scenarios, ...(seed !== undefined && { seed }) });
    this.files = caFiles(folder, authority);
  }

  /** Makes the CA and its files; throws `CANNOT_START`. */
  static async open(options: ControlOptions = {}): Promise<Control> {
    const folder = openSession();
    try {
      return new Control(folder, await createAuthority(), options);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  /** Somebody who gives commands; what was started for them ends with `leave`. */
  caller(): Caller {
    const caller = new Caller(this, () => {
      this.#callers.delete(caller);
    });
    this.#callers.add(caller);
    return caller;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#callers].map((caller) => caller.leave()));
    this.session[Symbol.dispose]();
    await this.#folder.remove();
  }
}
