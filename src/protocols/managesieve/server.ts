import type { Command, ServerSettings } from '../protocol.js';
import { ServerSkeleton, type CommandTable, type Handled } from '../server-skeleton.js';
import { latin1 } from '../text.js';
import { capabilities } from './capabilities.js';
import { responseText } from './commands.js';
import { ScriptStore } from './script-store.js';
import { stringOf } from './strings.js';

/** An honest ManageSieve server's side of one connection (RFC 5804). */
export class ManageSieveServer extends ServerSkeleton {
  readonly #scripts: ScriptStore;

  protected readonly phrases = {
    goAhead: 'OK "Begin TLS negotiation now"',
    upgradeInsideTls: 'NO "TLS is already active"',
    upgradeNotOffered: 'NO "Unknown command"',
    upgradeWithParameter: 'NO "STARTTLS takes no argument"',
    upgradeAfterLogin: 'NO "STARTTLS comes before the login"',
    loginNeedsTls: 'NO (ENCRYPT-NEEDED) "Say STARTTLS first"',
    loginAgain: 'NO "Already authenticated"',
    loginNotOffered: 'NO "Mechanism not supported"',
    loginCancelled: 'NO "Login cancelled"',
    loginRight: 'OK "Logged in"',
    loginWrong: 'NO "Credentials are invalid"',
  };

  protected readonly commands: CommandTable = {
    CAPABILITY: () => capabilities(this.offer),
    STARTTLS: (command) => this.startTls(command),
    AUTHENTICATE: (command) => this.authenticate(command),
    NOOP: ({ args: [tag] }) => line(tag === undefined ? 'OK "Done"' : `OK (TAG ${stringOf(tag)}) "Done"`),
    LOGOUT: () => ({ bytes: line('OK "Bye"'), close: true }),
    UNAUTHENTICATE: () => {
      if (!this.authenticated) return no('Not authenticated');
      this.logOut();
      return line('OK');
    },
    LISTSCRIPTS: this.#onceLoggedIn(0, () => this.#scripts.list()),
    GETSCRIPT: this.#onceLoggedIn(1, (name) => this.#scripts.read(name)),
    PUTSCRIPT: this.#onceLoggedIn(2, (name, script) =>
      name === '' ? no('A script needs a name') : this.#scripts.write(name, script),
    ),
    CHECKSCRIPT: this.#onceLoggedIn(1, () => line('OK')),
    HAVESPACE: this.#onceLoggedIn(2, () => line('OK')),
    SETACTIVE: this.#onceLoggedIn(1, (name) => this.#scripts.activate(name)),
    DELETESCRIPT: this.#onceLoggedIn(1, (name) => this.#scripts.remove(name)),
    RENAMESCRIPT: this.#onceLoggedIn(2, (name, other) =>
      other === '' ? no('A script needs a name') : this.#scripts.rename(name, other),
    ),
  };

  constructor(settings: ServerSettings) {
    super(settings);
    this.#scripts = new ScriptStore(settings.message);
  }

  greeting(): Buffer {
    return capabilities(this.offer);
  }

  override upgraded(): Buffer {
    super.upgraded();
    return capabilities(this.offer);
  }

  protected reply(_command: Command | undefined, text: string): Buffer {
    return line(text);
  }

  protected challenge(challenge: string): Buffer {
    return line(stringOf(challenge));
  }

  protected unknown(): Handled {
    return UNKNOWN;
  }

  protected body(): Handled {
    return UNKNOWN;
  }

  protected literal(): Handled {
    return UNKNOWN;
  }

  protected tooLong(): Buffer {
    return line('BYE "Command too long"');
  }

  protected override responseText(raw: Buffer): string {
    return responseText(raw);
  }

  #onceLoggedIn(wanted: number, answer: (first: string, second: string) => Buffer): (command: Command) => Buffer {
    return ({ verb, args }) => {
      if (!this.authenticated && !this.settings.relay) return no('Authenticate first');
      const [first = '', second = ''] = args;
      return args.length === wanted ? answer(first, second) : no(`${verb} takes ${wanted} arguments`);
    };
  }
}

const line = (text: string): Buffer => latin1(`${text}\r\n`);
const no = (text: string): Buffer => line(`NO ${stringOf(text)}`);
const UNKNOWN = no('Unknown command');
