import { VERSION_NUMBERS } from '../tls/registries.js';
import type { CapturedConnection } from './connection.js';
import type { CapturedFinding } from './judge-connection.js';

/**
 * Handshakes that failed, by addresses and the server's port. A client that comes back soon with less may have been downgraded by
 * the one who made the first one fail; addresses do not prove that it is the same client, so that this is never more than inconclusive.
 */
export class FailedHandshakes {
  readonly #failed = new Map<string, { readonly at: number; readonly version: string }>();

  /** What the connection shows together with those before it; `isClear` where a login or mail was seen in clear. */
  next(connection: CapturedConnection, isClear: boolean): CapturedFinding[] {
    const { client, server, openedAt, sessions } = connection;
    const key = `${client.address} ${server.address} ${String(server.port)}`;
    const facts = sessions[0]?.facts;
    const version = newest(facts?.hello?.versions ?? []);
    const before = this.#failed.get(key);
    if (facts?.hello !== undefined && version !== undefined && !facts.completed) {
      // A client that goes down step by step is measured by its first step.
      if (before === undefined || openedAt - before.at > SOON || rank(before.version) <= rank(version))
        this.#remember(key, { at: openedAt, version });
      return [];
    }
    if (before === undefined || openedAt < before.at || openedAt - before.at > SOON) return [];
    const isOlder = facts?.completed === true && version !== undefined && rank(version) < rank(before.version);
    if (!isOlder && !(isClear && facts === undefined)) return [];
    const less = isOlder ? `with ${words(version)} at most` : 'without TLS';
    const because = `a handshake that offered ${words(before.version)} had failed, and a client at the same address came back ${less}: a downgrade, if it is the same client`;
    return [{ id: 'tls-downgraded', judgement: { status: 'inconclusive', because, leaked: [], evidence: [] } }];
  }

  #remember(key: string, failed: { readonly at: number; readonly version: string }): void {
    this.#failed.delete(key);
    this.#failed.set(key, failed);
    for (const oldest of this.#failed.keys()) {
      if (this.#failed.size <= MOST) return;
      this.#failed.delete(oldest);
    }
  }
}

const RANKS: ReadonlyMap<string, number> = new Map(Object.entries(VERSION_NUMBERS));

const rank = (version: string): number => RANKS.get(version) ?? 0;

const newest = (versions: readonly string[]): string | undefined =>
  versions.filter((each) => rank(each) > 0).toSorted((a, b) => rank(b) - rank(a))[0];

const words = (version: string): string => version.replace(/^TLSv1$/, 'TLSv1.0').replace(/^(TLS|SSL)v/, '$1 ');

/** Milliseconds. */
const SOON = 60_000;
const MOST = 20_000;
