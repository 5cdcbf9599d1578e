import type { Wire } from '../wire/wire.js';
import type { Party } from '../wire/entry.js';
import { SealedConnection } from './sealed-connection.js';

/** What a tunnel joins. */
export interface TunnelOptions {
  /** The leg to the client, waxseal in the server's place. */
  readonly client: Wire;
  /** The leg to the real server. */
  readonly server: Wire;
  /** Milliseconds without a byte from either side after which the connection is given up. */
  readonly idle: number;
  /** The scenario wants the client to be left alone for that time: the end is its doing. */
  readonly isStaged?: boolean;
  /** Records of the client that were read already. */
  readonly early?: Buffer;
}

/**
 * Passes every byte between a client and a real server, unchanged. What goes in clear can be read afterwards by the
 * grammar; of TLS only its beginning shows, and whether something was said inside. Never throws.
 */
export const tunnel = async (options: TunnelOptions): Promise<void> => {
  const passage = new Passage(options);
  if (options.early !== undefined) await passage.pass('client', options.early, true);
  await Promise.all([passage.carry('client'), passage.carry('server')]);
  passage.conclude();
};

class Passage {
  readonly #wires: Readonly<Record<Party, Wire>>;
  readonly #idle: number;
  readonly #isStaged: boolean;
  #sealed: SealedConnection | undefined;
  #concluded = false;
  #last = performance.now();

  constructor({ client, server, idle, isStaged = false }: TunnelOptions) {
    this.#wires = { client, server };
    this.#idle = idle;
    this.#isStaged = isStaged;
  }

  /** Everything that one side sends, to the other one. */
  async carry(from: Party): Promise<void> {
    const source = this.#wires[from];
    const sink = this.#wires[from === 'client' ? 'server' : 'client'];
    for (;;) {
      const event = await source.read(this.#idle);
      if (event === undefined) {
        if (performance.now() - this.#last < this.#idle) continue;
        if (this.#isStaged) this.#wires.client.transcript.note({ what: 'hung-up', by: 'scenario' });
        else source.transcript.note({ what: 'idle', by: 'us', ms: this.#idle });
        const by = this.#isStaged ? 'scenario' : 'us';
        source.end(by);
        sink.end(by);
        return;
      }
      this.#last = performance.now();
      if (event.kind === 'end') {
        if (event.how === 'reset') sink.reset(from);
        else sink.end(from);
        return;
      }
      if (event.kind === 'outside') continue;
      await this.pass(from, event.bytes, event.kind === 'records');
    }
  }

  /** Passes bytes of one side on to the other one. */
  async pass(from: Party, bytes: Buffer, isRecord: boolean): Promise<void> {
    if (isRecord) this.#watch(from, bytes);
    await this.#wires[from === 'client' ? 'server' : 'client'].write(bytes, { record: isRecord });
    this.#concludeEarly();
  }

  /** Says what became of TLS, where it began. */
  conclude(): void {
    if (this.#concluded || this.#sealed === undefined) return;
    const { clientSpoke, sawAlert, ...facts } = this.#sealed.facts;
    const failure = sawAlert === undefined ? 'the client said nothing inside' : `an alert of the ${sawAlert}`;
    this.#boundary(clientSpoke, { ...facts, ...(!clientSpoke && { failure }) });
  }

  #concludeEarly(): void {
    if (this.#sealed?.facts.clientSpoke === true) this.conclude();
  }

  #watch(from: Party, bytes: Buffer): void {
    if (this.#sealed === undefined) {
      this.#sealed = new SealedConnection();
      this.#wires.client.transcript.note({ what: 'passes-through', by: 'us' });
    }
    this.#sealed.push(from, bytes);
  }

  #boundary(completed: boolean, facts: object): void {
    this.#concluded = true;
    this.#wires.client.transcript.boundary({ completed, pending: [], trusted: true, opaque: true, ...facts });
  }
}
