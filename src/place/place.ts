import type { ChildOptions } from './keeper.js';

/** What a scenario may need of a place. */
export type PlaceFeature = 'names' | 'well-known-ports';

/** Where one visit happens. */
export interface Site {
  /** The name by which the client is sent to the endpoints. */
  readonly host: string;
  /** The addresses to bind for `host`, IPv4 first. */
  readonly addresses: readonly [string, ...string[]];
  /** Name and address of a second machine, where the place has one. */
  readonly attacker?: { readonly host: string; readonly address: string };
  /** The domain of mail addresses, where the place lets it have DNS and web servers of its own. */
  readonly domain?: string;
  /** The port to bind for a well-known one; 0 means any free port. */
  readonly port: (wellKnown: number) => number;
  /** What the keeper must be told for clients of this visit. */
  readonly child: Pick<ChildOptions, 'hostsFile' | 'mounts'>;
}

/** Where clients run: `loopback` or `cell`. */
export interface Place {
  readonly name: 'loopback' | 'cell';
  readonly provides: readonly PlaceFeature[];
  /** The site of the visit with this number, from 0; `folder` is the visit's, for files that the site needs. */
  site(visit: number, folder: string): Site;
}
