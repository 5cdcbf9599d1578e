import { latin1 } from '../text.js';
import { stringOf } from './strings.js';

/** The scripts of one connection; at first one, active, whose comment holds the visit's canary message. */
export class ScriptStore {
  readonly #scripts = new Map<string, string>();
  #active = 'main';

  constructor(message: Buffer) {
    this.#scripts.set('main', `/*\r\n${message.toString('latin1').replaceAll('*/', '* /')}\r\n*/\r\nkeep;\r\n`);
  }

  list(): Buffer {
    const lines = [...this.#scripts.keys()].map(
      (name) => `${stringOf(name)}${name === this.#active ? ' ACTIVE' : ''}\r\n`,
    );
    return latin1(`${lines.join('')}OK\r\n`);
  }

  read(name: string): Buffer {
    const script = this.#scripts.get(name);
    return script === undefined ? NONEXISTENT : latin1(`{${script.length}}\r\n${script}\r\nOK\r\n`);
  }

  write(name: string, script: string): Buffer {
    if (this.#scripts.size >= MOST_SCRIPTS && !this.#scripts.has(name))
      return latin1('NO (QUOTA/MAXSCRIPTS) "Too many scripts"\r\n');
    this.#scripts.set(name, script);
    return OK;
  }

  /** The empty name means that no script is active. */
  activate(name: string): Buffer {
    if (name !== '' && !this.#scripts.has(name)) return NONEXISTENT;
    this.#active = name;
    return OK;
  }

  remove(name: string): Buffer {
    if (!this.#scripts.has(name)) return NONEXISTENT;
    if (name === this.#active) return latin1('NO (ACTIVE) "The active script stays"\r\n');
    this.#scripts.delete(name);
    return OK;
  }

  rename(from: string, to: string): Buffer {
    const script = this.#scripts.get(from);
    if (script === undefined) return NONEXISTENT;
    if (this.#scripts.has(to)) return latin1('NO (ALREADYEXISTS) "There is such a script"\r\n');
    this.#scripts.delete(from);
    this.#scripts.set(to, script);
    if (this.#active === from) this.#active = to;
    return OK;
  }
}

const MOST_SCRIPTS = 100;
const OK = latin1('OK\r\n');
const NONEXISTENT = latin1('NO (NONEXISTENT) "There is no such script"\r\n');
