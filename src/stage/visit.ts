import { setMaxListeners } from 'node:events';
import { isIP } from 'node:net';
import type { ClientTask, Driver } from '../clients/driver.js';
import type { OtherLogins } from '../endpoints/honest.js';
import { Fault } from '../fault.js';
import { namedSite } from '../place/named-site.js';
import type { Place } from '../place/place.js';
import type { Authority } from '../tls/certificate-authority.js';
import { canariesOf, type Canaries } from '../verdict/canaries.js';
import type { ClientEnd, ControlFacts, TlsPolicy, Visit, WithheldFacts } from '../verdict/visit.js';
import { afterSilence } from '../wire/silence.js';
import { caseKey, lastsOf, unreadOf, type Case } from '../cases/case.js';
import type { Presented } from './contexts.js';
import { madeVisit, type VisitParts } from './made-visit.js';
import type { Through } from './middle-seat.js';
import { Rest } from './rest.js';
import { Scene } from './scene.js';

/** What all visits of a session share. */
export interface VisitSettings {
  readonly seed: string;
  readonly place: Place;
  readonly authority: Authority;
  readonly driver: Driver;
  readonly policy: TlsPolicy;
  /** Milliseconds that one visit may take. */
  readonly maxTime: number;
  /** Milliseconds without a byte after which a client that has connected counts as come to rest, and is ended. */
  readonly untilIdle?: number;
  /** Secrets of all visits of the session, value to visit number; a visit adds its own. */
  readonly secrets: Map<string, number>;
  /** The folder of a visit, for files that its site needs. */
  readonly folder?: (visit: number) => string;
  /** Ends the client early. */
  readonly signal?: AbortSignal;
  /** The client has made a connection, or ended. */
  readonly onStarted?: () => void;
  /** A connection of the client has ended. */
  readonly onConnectionEnd?: () => void;
  /** The oldest version that endpoints speak; 1.2 by default. */
  readonly endpointTls?: '1.0';
  /** TLS records of the client's connections and their keys are kept. */
  readonly keepsWire?: true;
  /** So are those of waxseal's own connections to the real server. */
  readonly keepsServerWire?: true;
  /** The real server behind the middle seat; required for cases of that seat, unused otherwise. */
  readonly through?: Through;
  /** Takes the place of the session's certificate, host name and CA. */
  readonly presented?: PresentedChain;
}

/** A certificate chain to be presented, the host that the client is sent to, and what it is to trust. */
export interface PresentedChain extends Presented {
  readonly host: string;
  /** PEM. */
  readonly roots: string;
}

/** What earlier visits of the same client taught. */
export interface VisitTaught {
  readonly control?: ControlFacts;
  readonly withheld?: WithheldFacts;
  readonly endpointTls?: '1.0';
  /** The client knows none of the usual logins. */
  readonly otherLogins?: OtherLogins;
}

/** One start of the client in one scene, observed from the first connection to the drained end. */
export const visit = async (
  one: Case,
  number: number,
  settings: VisitSettings,
  { endpointTls = settings.endpointTls, otherLogins, ...taught }: VisitTaught = {},
): Promise<Visit> => {
  const started = performance.now();
  const clock = (): number => performance.now() - started;
  const canaries = canariesOf(settings.seed, number);
  const others = new Map(settings.secrets);
  for (const value of [canaries.password, canaries.token]) settings.secrets.set(value, number);
  const { seat } = one;
  const through = seat === 'middle' ? settings.through : undefined;
  const hasUnknownPassword = through?.interception === 'tunnel' && unreadOf(one) !== undefined;
  const made = (rest: Pick<VisitParts, 'records' | 'client' | 'drained' | 'faults'>): Visit =>
    madeVisit({
      one,
      number,
      policy: settings.policy,
      ownCredentials: through === undefined || hasUnknownPassword,
      canaries,
      ...taught,
      ...rest,
    });
  if (seat === 'middle' && through === undefined)
    throw new Fault('BAD_USAGE', 'this case needs a real server behind waxseal; name it with --through TARGET');
  const site = siteOf(one, settings, number);
  let scene: Scene | undefined;
  const rest = new Rest(settings.untilIdle, {
    // A client that waits while a scenario does not answer it is not at rest.
    isWaiting: () => scene?.isKeepingWaiting === true,
    atRest: () => scene?.farewell(),
  });
  try {
    scene = await Scene.open({
      one,
      site,
      canaries,
      others,
      authority: settings.authority,
      ...(settings.presented && { presented: settings.presented }),
      clock,
      // The visit's own time ends a client that waits for ever: a shorter clock would end it before it has shown what it does.
      idle: longestOf(one, settings) + BEYOND,
      handshake: longestOf(one, settings) + BEYOND,
      ...(endpointTls && { endpointTls }),
      ...(otherLogins && { otherLogins }),
      ...(settings.keepsWire && { keepsWire: true }),
      ...(settings.keepsServerWire && { keepsServerWire: true }),
      ...(through && { through }),
      onConnection: () => {
        rest.delay();
        settings.onStarted?.();
      },
      onActivity: () => {
        rest.delay();
      },
      onConnectionEnd: () => settings.onConnectionEnd?.(),
      ...taught,
    });
    const client = await runClient(settings, scene, one, number, canaries, site, rest.signal);
    const drained = await scene.drain(DRAIN, client.how === 'rested');
    for (const bug of scene.bugs.values()) throw bug;
    return made({ records: scene.records(), client, drained, faults: scene.faults });
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
    const records = scene?.records() ?? { connections: [], hits: [] };
    const client: ClientEnd = { how: 'stopped', stdout: '', stderr: '', duration: clock() };
    return made({ records, client, drained: false, faults: [...(scene?.faults ?? []), error.message] });
  } finally {
    rest.cancel();
    await scene?.stop();
  }
};

/** Milliseconds that the visit may take: a scenario that waits needs its time. */
const longestOf = (one: Case, { maxTime, untilIdle = 0 }: VisitSettings): number => {
  const lasts = lastsOf(one);
  return Math.max(lasts === 0 ? 0 : lasts + untilIdle, maxTime);
};

type VisitSite = ReturnType<Place['site']>;

const siteOf = (one: Case, { place, folder, presented }: VisitSettings, number: number): VisitSite => {
  const own = folder?.(number) ?? '';
  const site = place.site(number, own);
  if (presented !== undefined) return namedSite(site, presented.host, own);
  if (one.scenario.connectBy !== 'address') return site;
  return { ...site, host: site.addresses[0], addresses: [site.addresses[0]] };
};

const runClient = async (
  settings: VisitSettings,
  scene: Scene,
  one: Case,
  number: number,
  canaries: Canaries,
  site: VisitSite,
  rest: AbortSignal,
): Promise<ClientEnd> => {
  const { driver, authority } = settings;
  // What AbortSignal.any does, without its price: a session has thousands of visits.
  const ending = new AbortController();
  const follow = ({ target }: Event): void => {
    ending.abort(target instanceof AbortSignal ? target.reason : undefined);
  };
  const others = settings.signal === undefined ? [rest] : [rest, settings.signal];
  // All visits that go on at once listen to the session's.
  setMaxListeners(0, ...others);
  for (const each of others)
    if (each.aborted) ending.abort(each.reason);
    else each.addEventListener('abort', follow, { once: true });
  const callOff = afterSilence(longestOf(one, settings), () => {
    ending.abort();
  });
  const through = one.seat === 'middle' ? settings.through : undefined;
  const isTunnelled = through?.interception === 'tunnel';
  // A password that the real server does not know is refused there for certain.
  const account = isTunnelled && unreadOf(one) !== undefined ? undefined : through?.account;
  // What passes on unread shows the real server's own certificate.
  const roots = settings.presented?.roots ?? (isTunnelled ? through.ca : undefined);
  const from = `${canaries.from}@lab.test`;
  const to = `${canaries.to}@lab.test`;
  const task: ClientTask = {
    visit: number,
    name: caseKey(one),
    protocol: one.protocol,
    tls: one.tls,
    portRole: one.portRole,
    host: resolves(site.host) || driver.readsHosts === true ? site.host : site.addresses[0],
    port: scene.port,
    ip: site.addresses[0],
    ...(site.domain !== undefined && scene.hasDiscovery && { domain: site.domain }),
    servername: site.host,
    user: account?.user ?? canaries.user,
    password: account?.password ?? canaries.password,
    token: canaries.token,
    from,
    to,
    message: messageToSend(canaries, from, to),
    ca: roots ?? authority.pem,
    ...(roots !== undefined && { roots }),
    child: site.child,
    signal: ending.signal,
  };
  try {
    return await driver.run(task);
  } finally {
    callOff();
    for (const each of others) each.removeEventListener('abort', follow);
  }
};

/** Without a hosts file. */
const resolves = (host: string): boolean => host === 'localhost' || isIP(host) !== 0;

/** The message of `{message}`. */
const messageToSend = (canaries: Canaries, from: string, to: string): string =>
  [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${canaries.message}`,
    'Date: Thu, 01 Jan 2026 12:00:00 +0000',
    `Message-ID: <${canaries.message}@lab.test>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `This message belongs to one visit: ${canaries.message}`,
    '',
  ].join('\r\n');

/** Milliseconds: after the client was stopped. */
const BEYOND = 5000;
const DRAIN = 2000;
