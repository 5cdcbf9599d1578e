import { mkdirSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Driver } from '../clients/driver.js';
import { unservable } from '../place/named-site.js';
import { namespaceAvailability } from '../place/namespace-tree.js';
import type { Place } from '../place/place.js';
import { visit, type VisitSettings } from '../stage/visit.js';
import type { ObserveChain } from './chain-options.js';

/** Makes visits to chains; `folder` is the session's, for hosts files that last as long as their visit. */
export const chainVisits =
  (settings: Omit<VisitSettings, 'presented' | 'secrets' | 'folder'>, folder: string): ObserveChain =>
  async (one, number, presented, taught, { signal, started }) => {
    const path = join(folder, `chain-${String(number)}`);
    const needsFolder = settings.driver.readsHosts === true;
    if (needsFolder) mkdirSync(path, { recursive: true, mode: 0o755 });
    try {
      return await visit(
        one,
        number,
        {
          ...settings,
          presented,
          signal,
          onStarted: started,
          // Thousands of visits: each knows its own secrets alone.
          secrets: new Map(),
          ...(needsFolder && { folder: () => path }),
        },
        taught,
      );
    } finally {
      if (needsFolder) rmSync(path, { recursive: true, force: true });
    }
  };

/** Why a client can't be sent to a host of this name, in words; a client in this process is given addresses instead of names. */
export const unservableFor = async (driver: Driver, place: Place): Promise<(host: string) => string | undefined> => {
  const available =
    driver.readsHosts !== true || place.name === 'cell'
      ? { available: true as const }
      : await namespaceAvailability('shared');
  return (host) =>
    unservable(host) ??
    (available.available || host === 'localhost' || isIP(host) !== 0
      ? undefined
      : `the client must find ${host} in a hosts file of its own, which needs namespaces (${available.why})`);
};

/** Whether visits under this host name share address and port: those of a cell do, where the name gives no choice. */
export const sharesAddress =
  (place: Place) =>
  (host: string): boolean =>
    place.name === 'cell' && (host === 'localhost' || isIP(host) !== 0);
