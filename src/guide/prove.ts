import pLimit from 'p-limit';
import { audit } from '../audit/audit.js';
import checks from '../checks/index.js';
import { SERVICES } from '../knowledge/services.js';
import { ALL_PROTOCOLS, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import { hostPort } from '../wire/host-port.js';
import type { GuideClaim, Setting } from './claim.js';
import { portsOf } from './service-ports.js';

/** What a claim came to on the wire. */
export interface Proof {
  readonly state: 'confirmed' | 'refuted' | 'not-observed';
  readonly says: string;
}

export interface ProveOptions {
  /** Milliseconds for one port; 20 seconds unless given. */
  readonly maxTime?: number;
  readonly family?: 4 | 6;
}

/** Tries on one server what settings claim: that the port answers, with this protocol, and that TLS starts there in this way. No login is attempted. */
export const proveClaims = async (
  claims: readonly GuideClaim[],
  host: string,
  options: ProveOptions = {},
): Promise<ReadonlyMap<GuideClaim, Proof>> => {
  const limit = pLimit(AT_ONCE);
  const tried = new Map<string, Promise<Proof>>();
  const proofs = await Promise.all(
    claims.map(async (claim): Promise<readonly [GuideClaim, Proof] | undefined> => {
      const target = claim.setting && targetOf(claim.setting, host);
      if (target === undefined) return undefined;
      const proof = tried.get(target) ?? limit(() => proofOf(target, options));
      tried.set(target, proof);
      return [claim, await proof];
    }),
  );
  return new Map(proofs.filter((each) => each !== undefined));
};

/** `imaps://host:993`; undefined where no protocol of waxseal’s is named, or no TLS claimed. */
const targetOf = ({ speaks, port, modes }: Setting, host: string): string | undefined => {
  const owners = SERVICES.filter((service) => portsOf(service).includes(port));
  const [named = owners.length === 1 ? owners[0]?.speaks : undefined] = speaks.length > 1 ? [] : speaks;
  const protocol = ALL_PROTOCOLS.find(({ title }) => title === named);
  if (protocol === undefined || modes.includes('none')) return undefined;
  const known = WELL_KNOWN_PORTS.find((each) => each.port === port && each.protocol === protocol.name);
  const claimed = modes.length === 1 && modes[0] !== 'tls' ? modes[0] : undefined;
  const tls = claimed ?? known?.tls ?? 'starttls';
  const scheme = WELL_KNOWN_PORTS.find((each) => each.protocol === protocol.name && each.tls === tls)?.scheme;
  return scheme === undefined ? undefined : `${scheme}://${hostPort(host, port)}`;
};

const proofOf = async (target: string, { maxTime = MAX_TIME, family }: ProveOptions): Promise<Proof> => {
  const { results, faults } = await audit([target], {
    checks: checks.filter(({ id }) => CHECKS.has(id)),
    depth: 'normal',
    loginAttempts: 0,
    maxConnections: CONNECTIONS,
    maxTime,
    ...(family !== undefined && { family }),
  });
  const failed = results.find(({ status }) => status === 'fail');
  if (failed !== undefined) return { state: 'refuted', says: failed.because };
  const opening = results.find(({ id }) => id === OPENING);
  const [fault] = faults;
  if (opening?.status !== 'pass')
    return { state: 'not-observed', says: opening?.because ?? fault?.fault.message ?? 'nobody answers there' };
  const unseen = results.find(({ status }) => status === 'inconclusive');
  if (unseen !== undefined) return { state: 'not-observed', says: unseen.because };
  return { state: 'confirmed', says: opening.because };
};

const OPENING = 'port-mismatch';
/** What a claim about protocol, port and way comes to; certificates are the audit’s. */
const CHECKS: ReadonlySet<string> = new Set([
  OPENING,
  'starttls-not-advertised',
  'starttls-refused',
  'starttls-unusable',
]);
/** One, and others to see what is spoken where the first one failed. */
const CONNECTIONS = 10;
const AT_ONCE = 3;
const MAX_TIME = 20_000;
