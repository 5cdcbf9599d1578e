import { caseKey, casesOf, extraOf, flawOf, impossibility, type Case } from '../cases/case.js';
import { caseNames, isSelected } from '../cases/selection.js';
import { exportedSideCapture } from '../document/exported-capture.js';
import protocols from '../protocols/index.js';
import type { TlsMode } from '../protocols/protocol.js';
import scenarios from '../scenarios/index.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { ClientStatus, ConnectionRecord, Visit } from '../verdict/visit.js';
import { changingRelay } from './changing-relay.js';
import { Oracle } from './oracle.js';
import { TOY_ACCOUNT, toyAuthority, toyServer } from './toy-server.js';

/** What somebody on the path did, by the id that `waxseal judge --other-side` gives it; `nothing` where all was passed on as it came. */
export type OnPath = 'starttls-stripped' | 'tls-intercepted' | 'changed-on-path' | 'nothing';

/** The same connection, captured at the client and at the server. */
export interface CorpusPair {
  readonly one: Case;
  readonly client: 'careful' | 'leaking';
  readonly onPath: OnPath;
  readonly verdict: ClientStatus;
  readonly visit: Visit;
  /** pcapng without keys, as sniffers write it. */
  readonly clientSide: Buffer;
  readonly serverSide: Buffer;
  /** Of both sides, in the format of SSLKEYLOGFILE. */
  readonly keylog: string;
}

/**
 * Plays cases with waxseal between a client and a server of its own, and gives a capture of either side: the control with a relay
 * that changes nothing, and one that changes the greeting; scenarios of the families that a middle plays, without globs the first
 * variant of each in the default set.
 */
export async function* corpusPairs(
  possible: readonly Scenario[],
  globs: readonly string[],
): AsyncGenerator<CorpusPair> {
  for (const one of possible.flatMap(middleCases).filter((each) => isWanted(each, globs))) {
    const isControl = one.scenario.id === 'control';
    const relays: readonly OnPath[] = isControl && one.tls === 'starttls' ? ['nothing', 'changed-on-path'] : [];
    for (const onPath of relays) yield pair(one, 'careful', onPath);
    if (!isControl || one.tls === 'implicit')
      for (const client of isControl ? (['careful'] as const) : (['careful', 'leaking'] as const))
        yield pair(one, client, undefined);
  }
}

/** In the middle seat, where waxseal ends the client’s TLS or keeps it from starting. */
const middleCases = (scenario: Scenario): Case[] =>
  FAMILIES.has(scenario.family) && scenario.needs === undefined
    ? Object.values(protocols)
        .flatMap(({ name, modes }) =>
          MODES.filter((tls) => modes.includes(tls)).flatMap((tls) => casesOf([scenario], name, tls, 'middle')),
        )
        .filter((one) => impossibility(one) === undefined)
    : [];

const FAMILIES: ReadonlySet<Scenario['family']> = new Set(['control', 'strip', 'refuse']);
const MODES: readonly TlsMode[] = ['starttls', 'implicit'];

const isWanted = (one: Case, globs: readonly string[]): boolean => {
  if (globs.length > 0) return isSelected(globs, caseNames(one));
  const { scenario, variant } = one;
  return extraOf(one) === undefined && (variant === undefined || variant.name === scenario.variants?.[0]?.name);
};

/** `relay` is what a relay does in place of waxseal, which then passes on everything. */
const pair = async (one: Case, client: CorpusPair['client'], relay: OnPath | undefined): Promise<CorpusPair> => {
  const authority = await toyAuthority();
  await using server = await toyServer(one.portRole);
  await using between = relay === 'changed-on-path' ? await changingRelay(server.port, otherGreeting) : undefined;
  const oracle = new Oracle(scenarios, {
    keepsWire: true,
    authority,
    through: ({ protocol, tls }) => ({
      server: { host: 'localhost', address: '127.0.0.1', port: (between ?? server).port, protocol, tls },
      ca: authority.pem,
      account: { user: TOY_ACCOUNT.user, password: TOY_ACCOUNT.password },
      interception: relay === undefined ? 'terminate' : 'tunnel',
    }),
  });
  const { visit, judgement } = await oracle.judge(one, client === 'careful' ? {} : { client: flawOf(one).client });
  const near = exportedSideCapture([visit], 'client');
  const seen = between === undefined ? visit : { ...visit, connections: visit.connections.map(between.beyond) };
  const far = exportedSideCapture([seen], 'server');
  return {
    one,
    client,
    onPath: relay ?? (visit.connections.some(hasHello) ? 'tls-intercepted' : 'starttls-stripped'),
    verdict: judgement.status,
    visit,
    clientSide: near.capture,
    serverSide: far.capture,
    keylog: near.keylog + far.keylog,
  };
};

/** The client began TLS. */
const hasHello = ({ leg, entries }: ConnectionRecord): boolean =>
  leg === 'client' && entries.some(({ kind }) => kind === 'boundary');

/** A word of the greeting becomes another of the same length. */
const otherGreeting = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes.toString('latin1').replace(/ready|(?<="IMPLEMENTATION" ")\w+/, (word) => word.toUpperCase()),
    'latin1',
  );

/** Of a pair’s files: what the case and client are. */
export const pairName = ({ one, client, onPath }: CorpusPair): string => {
  const key = caseKey(one).replace(/#middle$/, '');
  return `${(onPath === 'changed-on-path' ? key.replace('control', 'greeting-changed') : key).replace(/[^A-Za-z0-9.+@-]+/g, '_')}.${client}`;
};
