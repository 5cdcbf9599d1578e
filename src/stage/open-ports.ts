import type { Socket } from 'node:net';
import { Listener, type ListenerOptions } from '../endpoints/listener.js';
import type { Site } from '../place/place.js';
import type { WellKnownPort } from '../protocols/port-roles.js';
import type { ConnectionRecord } from '../verdict/visit.js';

/** Makes the options of the listener for a port role: what it records, and how it serves. */
export type ListenerOf = (
  port: WellKnownPort,
  endpoint: ConnectionRecord['endpoint'],
  number: () => number,
) => Omit<ListenerOptions, 'host' | 'port'>;

/** The listeners of one scene, on all addresses of its site. */
export class OpenPorts {
  readonly #site: Site;
  readonly #listenerOf: ListenerOf;
  readonly #listeners: Listener[] = [];

  constructor(site: Site, listenerOf: ListenerOf) {
    this.#site = site;
    this.#listenerOf = listenerOf;
  }

  /** Binds all addresses of the site on one port, since a client may try any of them; returns the port's number. */
  async bind(
    port: WellKnownPort,
    endpoint: ConnectionRecord['endpoint'],
    wanted = this.#site.port(port.port),
  ): Promise<number> {
    const [first, ...more] = this.#site.addresses;
    for (let attempt = 1; ; attempt++) {
      const listener = await this.#listener(port, first, wanted, endpoint);
      const bound: Listener[] = [listener];
      try {
        for (const address of more) bound.push(await this.#listener(port, address, listener.port, endpoint));
      } catch {
        // No IPv6 here, or the same port is taken there: another free port may do, else one address is enough.
        if (wanted === 0 && attempt < MOST_ATTEMPTS) {
          await Promise.all(bound.map((each) => each.stop()));
          continue;
        }
      }
      this.#listeners.push(...bound);
      return listener.port;
    }
  }

  /** Serves connections of a port role that are handed in; nothing listens. */
  unbound(port: WellKnownPort): void {
    const { port: number } = port;
    this.#listeners.push(
      Listener.unbound({ ...this.#listenerOf(port, 'own', () => number), host: this.#site.addresses[0], port: number }),
    );
  }

  /** Hands a connection to the client's own endpoint. */
  admit(socket: Socket): void {
    this.#listeners[0]?.admit(socket);
  }

  /** Every connection made so far is served and closed; false if that took longer than `timeout` ms. */
  async drain(timeout: number): Promise<boolean> {
    return (await Promise.all(this.#listeners.map((listener) => listener.drain(timeout)))).every(Boolean);
  }

  /** Says goodbye on every open connection. */
  farewell(): void {
    for (const listener of this.#listeners) listener.farewell();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  async #listener(
    port: WellKnownPort,
    host: string,
    wanted: number,
    endpoint: ConnectionRecord['endpoint'],
  ): Promise<Listener> {
    const bound = { number: wanted };
    const listener = await Listener.open({
      ...this.#listenerOf(port, endpoint, () => bound.number),
      host,
      port: wanted,
    });
    bound.number = listener.port;
    return listener;
  }
}

const MOST_ATTEMPTS = 20;
