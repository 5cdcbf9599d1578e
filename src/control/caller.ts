import pc from 'picocolors';
import { Check, Errors } from 'typebox/value';
import { schemeOf } from '../clients/driver.js';
import { recordingOf } from '../document/recording.js';
import { toolVersion } from '../document/version.js';
import { isFault } from '../fault.js';
import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import { escaped } from '../report/escape.js';
import { resultMessage } from '../report/failure.js';
import { transcriptLines } from '../report/transcript.js';
import type { Step } from '../testing/attended-plan.js';
import type { AttendedVisit } from '../testing/attended.js';
import { knownOf } from '../verdict/known.js';
import { hostPort } from '../wire/host-port.js';
import { complaint, firstWrong } from '../wire/complaint.js';
import { printable } from '../wire/printable.js';
import { acceptedResult, isPassing, knownWords } from './accepted.js';
import { Connections } from './connections.js';
import type { Control } from './control.js';
import { COMMANDS, CONTROL_VERSION, ControlError, type Answered, type CommandName, type Taken } from './messages.js';

/** A visit that was started, and has had no verdict yet. */
interface Open {
  readonly visit: AttendedVisit;
  readonly key: string;
  readonly role: Step['role'];
  readonly client: string;
  readonly watch: Connections;
}

/** Gives commands one by one or several at once. */
export class Caller {
  readonly #control: Control;
  readonly #onLeave: () => void;
  readonly #open = new Map<number, Open>();
  /** The last ones. */
  readonly #judged = new Set<number>();
  #starting = 0;
  #hasLeft = false;

  constructor(control: Control, onLeave: () => void) {
    this.#control = control;
    this.#onLeave = onLeave;
  }

  /** Carries a command out; throws `ControlError`. */
  async call(command: string, fields: unknown): Promise<object> {
    if (!isCommand(command))
      throw new ControlError(
        'unknown-command',
        `there is no command ${quoted(command)}; commands are ${Object.keys(COMMANDS).join(', ')}`,
      );
    const { takes } = COMMANDS[command];
    if (!Check(takes, fields)) {
      const wrong = firstWrong([...Errors(takes, fields)]);
      const where = wrong === undefined || wrong.instancePath === '' ? '' : `: ${quoted(wrong.instancePath.slice(1))}`;
      throw new ControlError(
        'bad-request',
        `${command}${where} ${wrong === undefined ? 'has wrong fields' : complaint(wrong)}; expected ${Object.keys(takes.properties).join(', ') || 'no fields'}`,
      );
    }
    try {
      return await this.#carryOut(command, fields);
    } catch (error) {
      if (error instanceof ControlError) throw error;
      if (isFault(error) && error.code !== 'HARNESS_BUG')
        throw new ControlError(error.code === 'BAD_USAGE' ? 'bad-request' : 'cannot-start', escaped(error.message));
      throw new ControlError(
        'internal',
        `a bug in waxseal: ${printable(error instanceof Error ? error.message.slice(0, 300) : String(error))}`,
      );
    }
  }

  /** Everything that was started for this caller is closed. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    await this.#stopAll();
    this.#onLeave();
  }

  // The fields were checked against the command's own model.
  #carryOut(command: CommandName, fields: unknown): Promise<object> | object {
    switch (command) {
      case 'hello':
        return this.#hello(fields as Taken<'hello'>);
      case 'list':
        return this.#list(fields as Taken<'list'>);
      case 'start':
        return this.#start(fields as Taken<'start'>);
      case 'wait':
        return this.#wait(fields as Taken<'wait'>);
      case 'verdict':
        return this.#verdict(fields as Taken<'verdict'>);
      case 'stop':
        return this.#stop(fields as Taken<'stop'>);
      case 'reset':
        return this.#reset(fields as Taken<'reset'>);
    }
  }

  #hello({ version = CONTROL_VERSION }: Taken<'hello'>): Answered<'hello'> {
    if (version !== CONTROL_VERSION)
      throw new ControlError(
        'unsupported-version',
        `version ${String(version)} of the control protocol is not spoken here; this waxseal speaks version ${String(CONTROL_VERSION)}`,
      );
    return {
      version: CONTROL_VERSION,
      tool: { name: 'waxseal', version: toolVersion() },
      seed: this.#control.session.seed,
      protocols: ALL_PROTOCOLS.map(({ name, ports }) => ({ name, tls: [...new Set(ports.map(({ tls }) => tls))] })),
      scenarios: this.#control.scenarios.map(({ id, title, family }) => ({ id, title, family })),
      ca: this.#control.files,
    };
  }

  #list({ protocol, tls, scenario = [], all = false }: Taken<'list'>): Answered<'list'> {
    const client = this.#control.session.client(NOBODY, { protocol, tls, policy: 'required' });
    return {
      steps: client.steps(scenario, all).map(({ name, role, after, notApplicable }) => ({
        step: name,
        role,
        after: [...after],
        ...(notApplicable !== undefined && { notApplicable }),
      })),
    };
  }

  async #start({
    protocol,
    tls,
    step = 'control',
    client = 'client',
    policy = 'required',
    maxTime = 20_000,
    reproduce,
  }: Taken<'start'>): Promise<Answered<'start'>> {
    if (this.#control.open + this.#starting >= MOST_OPEN) await this.#dropOldest();
    if (this.#control.open + this.#starting >= MOST_OPEN)
      throw new ControlError(
        'too-many-visits',
        `${String(MOST_OPEN)} visits are open; ask for their verdicts, or stop them`,
      );
    const attended = this.#control.session.client(client, { protocol, tls, policy });
    const watch = new Connections();
    this.#starting += 1;
    let visit: AttendedVisit;
    try {
      visit = await attended.begin(step, { maxTime, watch, ...(reproduce && { reproduce }) });
    } finally {
      this.#starting -= 1;
    }
    if (this.#hasLeft) {
      await visit.abandon();
      throw new ControlError('cannot-start', 'the caller has left');
    }
    const { task, number, role, key } = visit;
    this.#open.set(number, { visit, key, role, client, watch });
    this.#control.open += 1;
    return {
      visit: number,
      case: key,
      host: task.host,
      port: task.port,
      ip: task.ip,
      protocol,
      tls,
      url: `${schemeOf(task.portRole)}://${hostPort(task.host, task.port)}`,
      user: task.user,
      password: task.password,
      token: task.token,
      from: task.from,
      to: task.to,
      message: task.message,
      ca: this.#control.files.file,
    };
  }

  async #wait({ visit, until, timeout = 10_000 }: Taken<'wait'>): Promise<Answered<'wait'>> {
    const { watch } = this.#known(visit);
    const reached = await watch.reached(until, timeout);
    return { reached, connections: watch.connections };
  }

  async #verdict({ visit: number, outcome, error, recording }: Taken<'verdict'>): Promise<Answered<'verdict'>> {
    const { visit, role, client } = this.#taken(number);
    const {
      result: judged,
      visit: seen,
      masks,
      again,
      skipped,
    } = await visit.end({ outcome, ...(error !== undefined && { error }) });
    const result = judged && acceptedResult(judged, knownOf(this.#control.known, client));
    const observed = result && Object.defineProperty({ ...result }, 'observed', { value: seen, enumerable: false });
    const shown = transcriptLines(seen.connections, result?.evidence ?? [], {
      colors: pc.createColors(false),
      width: 100,
      most: 60,
      cut: false,
    });
    return {
      visit: number,
      role,
      passed: result === undefined || isPassing(result),
      ...(again !== undefined && { again }),
      ...(skipped !== undefined && { skipped }),
      ...(result && { result }),
      ...(observed && { message: [...knownWords(observed), resultMessage(observed)].join('\n') }),
      transcript: shown.join('\n'),
      ...(recording === true && { recording: recordingOf(seen, masks) }),
    };
  }

  async #stop({ visit: number }: Taken<'stop'>): Promise<Answered<'stop'>> {
    await this.#taken(number).visit.abandon();
    return {};
  }

  async #reset({ client }: Taken<'reset'>): Promise<Answered<'reset'>> {
    const stopped = await this.#stopAll(client);
    this.#control.session.forget(client);
    return { stopped };
  }

  async #stopAll(client?: string): Promise<number> {
    const meant = [...this.#open].filter(([, each]) => client === undefined || each.client === client);
    await Promise.all(meant.map(([number]) => this.#taken(number).visit.abandon()));
    return meant.length;
  }

  /** The oldest visit whose time is over, and whose verdict nobody asked for. */
  async #dropOldest(): Promise<void> {
    const over = [...this.#open].find(([, { visit }]) => visit.isOver());
    if (over !== undefined) await this.#taken(over[0]).visit.abandon();
  }

  #known(number: number): Open {
    const open = this.#open.get(number);
    if (open !== undefined) return open;
    if (this.#judged.has(number))
      throw new ControlError(
        'verdict-already-given',
        `visit ${String(number)} has ended: its verdict was given already, or it was stopped, or nobody asked for its verdict before very many others were started; start another one`,
      );
    throw new ControlError(
      'unknown-visit',
      `there is no visit ${String(number)} of this caller; start gives the number`,
    );
  }

  /** From now on it is nobody else's. */
  #taken(number: number): Open {
    const open = this.#known(number);
    this.#open.delete(number);
    this.#control.open -= 1;
    this.#judged.add(number);
    const [oldest] = this.#judged;
    if (this.#judged.size > MOST_REMEMBERED && oldest !== undefined) this.#judged.delete(oldest);
    return open;
  }
}

const isCommand = (command: string): command is CommandName => Object.hasOwn(COMMANDS, command);

const quoted = (text: string): string => JSON.stringify(printable(text.slice(0, 60)));

/** The client for which steps are listed. */
const NOBODY = '';
/** Visits without a verdict, over all callers. */
const MOST_OPEN = 200;
/** Visits of which is known that they have ended. */
const MOST_REMEMBERED = 1000;
