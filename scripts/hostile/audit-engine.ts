import type { Socket } from 'node:net';
import { audit } from '../../src/audit/audit.js';
import { casesOf } from '../../src/cases/case.js';
import type { Answerer } from '../../src/endpoints/answerer.js';
import { Conversation } from '../../src/endpoints/conversation.js';
import { honestSettings } from '../../src/endpoints/honest.js';
import type { Tamper } from '../../src/endpoints/tamper.js';
import protocols from '../../src/protocols/index.js';
import { portOf, WELL_KNOWN_PORTS } from '../../src/protocols/port-roles.js';
import type { PortRole } from '../../src/protocols/protocol.js';
import scenarios from '../../src/scenarios/index.js';
import { ownConduct } from '../../src/stage/conduct.js';
import { Contexts } from '../../src/stage/contexts.js';
import { createAuthority } from '../../src/tls/certificate-authority.js';
import { canariesOf } from '../../src/verdict/canaries.js';
import { Transcript } from '../../src/wire/transcript.js';
import { Wire } from '../../src/wire/wire.js';
import { mutated, type Script } from './mutation.js';
import type { Random } from './random.js';
import type { Speech, Spoken } from './seats.js';
import { playServer, RawServer } from './speaking.js';

const CANARIES = canariesOf('audit engine', 1);
const ROLES: readonly PortRole[] = WELL_KNOWN_PORTS.map(({ role }) => role).filter((role) => role !== 'lmtp');
const CASES = new Map(
  ROLES.map((role) => {
    const { protocol, tls } = portOf(role);
    const all = casesOf(scenarios, protocol, tls, 'server', role);
    return [role, all.filter(({ scenario: { needs = [] } }) => needs.length === 0)];
  }),
);

/** What a server that is audited does with a connection. */
type Play = (socket: Socket) => void;

/** The audit, and hostile servers for it in this process: those that say what they like, and those that play a scenario and change some replies. */
export class AuditEngine {
  readonly #contexts: Contexts;
  readonly #scripts: readonly Script[];
  /** That were made until now. */
  connections = 0;

  private constructor(contexts: Contexts, scripts: readonly Script[]) {
    this.#contexts = contexts;
    this.#scripts = scripts;
  }

  static async make(scripts: readonly Script[]): Promise<AuditEngine> {
    const recipes = [...CASES.values()].flat().map((one) => ownConduct(one).certificate);
    const options = { handshake: PATIENCE, handmade: true };
    const names = { dns: ['localhost'], ip: ['127.0.0.1'] };
    return new AuditEngine(
      await Contexts.issue(await createAuthority(), names, ['good', ...recipes], options),
      scripts,
    );
  }

  /**
   * One audit of a server, or of a server's two doors. Nothing of ours breaks, something is said of every door, and no certificate
   * passes as trusted: our authority is none that the audit knows, and who never speaks TLS has none.
   */
  async audit(random: Random, saying: (protocol: Spoken) => Speech): Promise<Awaited<ReturnType<typeof audit>>> {
    const first = random.pick(ROLES);
    const other = ROLES.filter((role) => role !== first && portOf(role).protocol === portOf(first).protocol);
    const roles = other.length > 0 && random.oneIn(4) ? [first, random.pick(other)] : [first];
    const servers = roles.map((role) => ({ role, server: new RawServer(this.#player(role, random, saying)) }));
    try {
      const targets = [];
      for (const { role, server } of servers) targets.push(`${role}://127.0.0.1:${String(await server.listen())}`);
      const session = await audit(targets, {
        ...{ seed: 'engine', loginAttempts: 8, parallel: 8, maxConnections: 60, maxTime: 30_000 },
        depth: random.pick(['normal', 'full']),
        patience: {
          connect: PATIENCE,
          greeting: IDLE,
          reply: IDLE,
          handshake: PATIENCE,
          hint: 20,
          backOff: 5,
          quiet: 5,
        },
      });
      for (const { fault } of session.faults) if (fault.code === 'HARNESS_BUG') throw fault;
      for (const { target, id, status } of session.results)
        if (id === 'certificate-untrusted' && status === 'pass') throw new Error(`${target}: ${id}: ${status}`);
      for (const target of targets)
        if (![...session.results, ...session.faults].some((each) => each.target === target))
          throw new Error(`${target}: nothing was said`);
      return session;
    } finally {
      for (const { server } of servers) {
        this.connections += server.connections;
        await server[Symbol.asyncDispose]();
      }
    }
  }

  #player(role: PortRole, random: Random, saying: (protocol: Spoken) => Speech): Play {
    const protocol = portOf(role).protocol as Spoken;
    const speeches = Array.from({ length: 3 }, () => saying(protocol));
    const script: Play = (socket) => {
      const { pieces, ending } = random.pick(speeches);
      playServer(socket, pieces, ending, random, PATIENCE);
    };
    if (random.oneIn(2)) return script;
    const scenario = this.#scenario(role, random);
    const scripted = random.pick([Infinity, 20, 4]);
    return (socket) => {
      (scripted !== Infinity && random.oneIn(scripted) ? script : scenario)(socket);
    };
  }

  /** One of our own scenarios, some of whose replies are others. */
  #scenario(role: PortRole, random: Random): Play {
    const one = random.pick(CASES.get(role) ?? []);
    const grammar = protocols[one.protocol];
    const conduct = ownConduct(one);
    const plaintext = random.oneIn(2) ? conduct.plaintext : random.pick(['served', 'refused'] as const);
    const changed = random.pick([Infinity, 40, 12, 4]);
    let ordinal = 0;
    return (socket) => {
      ordinal += 1;
      const began = performance.now();
      const wire = new Wire(socket, 'server', new Transcript(() => performance.now() - began));
      const settings = honestSettings(one.protocol, CANARIES, {
        plaintext,
        ...(random.oneIn(2) && { otherLogins: 'rare' as const }),
      });
      const conversation = new Conversation({
        wire,
        protocol: grammar,
        answerer: this.#changing(grammar.server(settings), random, changed),
        tls: (recipe, served) => this.#contexts.of(recipe ?? conduct.certificate, served),
        handmade: () => this.#contexts.handmade,
        tamper: conduct.tamper as Tamper,
        context: {
          ...{ protocol: grammar, mode: one.tls, ordinal, portRole: role },
          ...{ canaries: CANARIES, insideOffer: settings.inside, variant: one.variant },
        },
        idle: PATIENCE,
      });
      void conversation.run().finally(() => {
        wire.destroy();
      });
    };
  }

  /** One reply in so many is another one. */
  #changing(honest: Answerer, random: Random, often: number): Answerer {
    if (often === Infinity) return honest;
    const change = (bytes: Buffer): Buffer => {
      if (!random.oneIn(often)) return bytes;
      const lines = bytes.toString('latin1').split(/(?<=\n)/);
      const script = { protocol: 'imap', from: 'server', lines } as const;
      return Buffer.from(mutated(random, script, this.#scripts).join(''), 'latin1');
    };
    return {
      greeting: async () => change(await honest.greeting()),
      upgraded: async () => change(await honest.upgraded()),
      startInside: () => {
        honest.startInside();
      },
      answer: async (unit) => {
        const { bytes, ...rest } = await honest.answer(unit);
        return { bytes: change(bytes), ...rest };
      },
      preauthenticate: () => honest.preauthenticate?.(),
    };
  }
}

/** Milliseconds. */
const IDLE = 40;
const PATIENCE = 80;
