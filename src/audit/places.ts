/** The connections that one server is asked to bear at once, over all its addresses; each has a place until it is closed. */
export class Places {
  #most: number;
  /** In the order in which they will be let in. */
  readonly #waiting: { readonly rank: number; readonly enter: () => void }[] = [];
  #taken = 0;
  #ranks = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A rank for all connections of one probe: the probe that began first is let in first. */
  rank(): number {
    this.#ranks += 1;
    return this.#ranks;
  }

  /** From now on one connection at a time is made; false where that is so already. */
  narrow(): boolean {
    if (this.#most === 1) return false;
    this.#most = 1;
    return true;
  }

  /** Waits for a place; call what is returned to leave it. Who waits must hold no other place that is left only afterwards. */
  async enter(rank = Infinity): Promise<() => void> {
    if (this.#taken < this.#most) this.#taken += 1;
    else
      await new Promise<void>((resolve) => {
        const later = this.#waiting.findIndex((each) => each.rank > rank);
        this.#waiting.splice(later === -1 ? this.#waiting.length : later, 0, { rank, enter: resolve });
      });
    return () => {
      // The next in line takes over the place, unless there are fewer by now.
      const next = this.#taken > this.#most ? undefined : this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next.enter();
    };
  }
}

/** The places of each address: addresses of one host are one server, which does not tell IPv4 from IPv6. */
export const placesByAddress = (
  hosts: readonly (readonly string[])[],
  parallel: number,
): ReadonlyMap<string, Places> => {
  const leaders = new Map<string, string>();
  const leader = (address: string): string => {
    let found = address;
    for (let next = leaders.get(found); next !== undefined && next !== found; next = leaders.get(found)) found = next;
    return found;
  };
  for (const addresses of hosts) {
    for (const address of addresses) if (!leaders.has(address)) leaders.set(address, address);
    const [first] = addresses;
    for (const address of addresses) if (first !== undefined) leaders.set(leader(address), leader(first));
  }
  const places = new Map<string, Places>();
  return new Map(
    [...leaders.keys()].map((address) => {
      const own = leader(address);
      const shared = places.get(own) ?? new Places(parallel);
      places.set(own, shared);
      return [address, shared];
    }),
  );
};
