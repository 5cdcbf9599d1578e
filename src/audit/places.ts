/** The connections that one server is asked to bear at once, over all its addresses. */
export class Places {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for a place; call what is returned to leave it. */
  async enter(): Promise<() => void> {
    if (this.#taken < this.#most) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      // The next in line takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
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
