import type { ClientUnit, Command, HonestAnswer, HonestServer, Offer, ServerSettings } from '../protocol.js';
import { SaslExchange, type SaslStep } from '../sasl.js';
import { latin1 } from '../text.js';
import { capabilities } from './capabilities.js';
import { responseText } from './commands.js';
import { ScriptStore } from './script-store.js';
import { stringOf } from './strings.js';

/** An honest ManageSieve server's side of one connection (RFC 5804). */
export class ManageSieveServer implements HonestServer {
  readonly #settings: ServerSettings;
  readonly #scripts: ScriptStore;
  #inside = false;
  #authenticated = false;
  #exchange: SaslExchange | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#scripts = new ScriptStore(settings.message);
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  greeting(): Buffer {
    return capabilities(this.#offer());
  }

  upgraded(): Buffer {
    this.#inside = true;
    this.#authenticated = false;
    this.#exchange = undefined;
    return capabilities(this.#offer());
  }

  startInside(): void {
    this.#inside = true;
  }

  answer(unit: ClientUnit): HonestAnswer {
    switch (unit.kind) {
      case 'command':
        return this.#command(unit);
      case 'response':
        return { bytes: this.#sasl(this.#exchange?.respond(responseText(unit.raw)) ?? { done: 'malformed' }) };
      case 'oversize':
        return { bytes: latin1('BYE "Command too long"\r\n'), close: true };
      case 'body':
      case 'literal-wait':
        return { bytes: no('Unknown command') };
    }
  }

  #command(command: Command): HonestAnswer {
    const [argument] = command.args;
    switch (command.verb) {
      case 'CAPABILITY':
        return { bytes: capabilities(this.#offer()) };
      case 'STARTTLS':
        return this.#startTls(command);
      case 'AUTHENTICATE':
        return { bytes: this.#authenticate(command) };
      case 'NOOP':
        return {
          bytes: latin1(argument === undefined ? 'OK "Done"\r\n' : `OK (TAG ${stringOf(argument)}) "Done"\r\n`),
        };
      case 'LOGOUT':
        return { bytes: latin1('OK "Bye"\r\n'), close: true };
      case 'UNAUTHENTICATE':
        if (!this.#authenticated) return { bytes: no('Not authenticated') };
        this.#authenticated = false;
        return { bytes: latin1('OK\r\n') };
      default:
        return { bytes: this.#scriptCommand(command) };
    }
  }

  #startTls(command: Command): HonestAnswer {
    if (this.#inside) return { bytes: no('TLS is already active') };
    if (!this.#settings.outside.upgrade) return { bytes: no('Unknown command') };
    if (command.args.length > 0) return { bytes: no('STARTTLS takes no argument') };
    if (this.#authenticated) return { bytes: no('STARTTLS comes before the login') };
    return { bytes: latin1('OK "Begin TLS negotiation now"\r\n'), upgrade: true };
  }

  #authenticate(command: Command): Buffer {
    const mechanism = command.mechanism ?? '';
    if (!this.#inside && !this.#settings.acceptsLoginOutside)
      return latin1('NO (ENCRYPT-NEEDED) "Say STARTTLS first"\r\n');
    if (this.#authenticated) return no('Already authenticated');
    if (!this.#offer().logins.includes(mechanism) || !SaslExchange.supported.includes(mechanism))
      return no('Mechanism not supported');
    this.#exchange = new SaslExchange(mechanism, this.#settings.account, this.#settings.nonce, this.#settings.hostname);
    return this.#sasl(this.#exchange.start(command.args[1]));
  }

  #sasl(step: SaslStep): Buffer {
    if ('challenge' in step) return latin1(`${stringOf(step.challenge)}\r\n`);
    this.#exchange = undefined;
    this.#authenticated = step.done === 'ok';
    if (step.done === 'ok') return latin1('OK "Logged in"\r\n');
    return no(step.done === 'malformed' ? 'Login cancelled' : 'Credentials are invalid');
  }

  #scriptCommand(command: Command): Buffer {
    const wanted = ARGUMENTS[command.verb];
    if (wanted === undefined) return no('Unknown command');
    if (!this.#authenticated && !this.#settings.relay) return no('Authenticate first');
    const [name = '', other = ''] = command.args;
    if (command.args.length !== wanted) return no(`${command.verb} takes ${wanted} arguments`);
    switch (command.verb) {
      case 'LISTSCRIPTS':
        return this.#scripts.list();
      case 'GETSCRIPT':
        return this.#scripts.read(name);
      case 'PUTSCRIPT':
        return name === '' ? no('A script needs a name') : this.#scripts.write(name, other);
      case 'SETACTIVE':
        return this.#scripts.activate(name);
      case 'DELETESCRIPT':
        return this.#scripts.remove(name);
      case 'RENAMESCRIPT':
        return other === '' ? no('A script needs a name') : this.#scripts.rename(name, other);
      default:
        return latin1('OK\r\n');
    }
  }

  #offer(): Offer {
    return this.#inside ? this.#settings.inside : this.#settings.outside;
  }
}

const no = (text: string): Buffer => latin1(`NO ${stringOf(text)}\r\n`);

const ARGUMENTS: Readonly<Record<string, number>> = {
  LISTSCRIPTS: 0,
  GETSCRIPT: 1,
  PUTSCRIPT: 2,
  CHECKSCRIPT: 1,
  HAVESPACE: 2,
  SETACTIVE: 1,
  DELETESCRIPT: 1,
  RENAMESCRIPT: 2,
};
