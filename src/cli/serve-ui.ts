import scenarios from '../scenarios/index.js';
import { MailHost } from '../mail/mail-host.js';
import type { PlayableScenario } from '../rest/live/page.js';
import { startLiveServer, type LiveServer } from '../rest/live/server.js';
import { LiveView } from '../rest/live/view.js';
import type { RunningServer } from '../serving/named-serve.js';

/** What the live view of `waxseal serve` needs. */
export interface UiOptions {
  /** 0 for a free one. */
  readonly port: number;
  readonly served: RunningServer;
  readonly mail: MailHost | undefined;
  /** RFC 3339. */
  readonly startedAt: string;
  /** The CA's file. */
  readonly ca: string;
  readonly hasOwnAccount: boolean;
}

/** A live view that is up. */
export interface Ui extends LiveServer {
  readonly view: LiveView;
}

/** Starts the live view on loopback. Throws `CANNOT_BIND`. */
export const startUi = async ({ port, served, ...rest }: UiOptions): Promise<Ui> => {
  const playable = playableIn(served);
  // Where every scenario can be chosen, nobody has chosen an attack yet.
  const playing = playable.some(({ id }) => id === HONEST) ? served.choose(HONEST) : firstOf(served);
  const view = new LiveView({
    ...rest,
    served,
    endpoints: served.endpoints,
    scenarios: playable,
    setupUrl: served.setupUrl,
    playing,
  });
  const server = await startLiveServer(view, port);
  return { ...server, view };
};

/** Mailboxes that all servers share, so that what one takes is seen, and read through the others. */
export const sharedMail = (): MailHost =>
  new MailHost({
    limits: { mails: 1000, bytes: 64 * 1024 * 1024 },
    whenFull: 'drop-oldest',
    now: () => Date.now(),
    uidValidity: Math.floor(Date.now() / 1000),
  });

/** The scenarios that take turns on some server, in the order of families. */
const playableIn = ({ endpoints }: RunningServer): PlayableScenario[] => {
  const ids = new Set(endpoints.flatMap(({ turns = [] }) => turns.map(idIn)));
  return [...ids]
    .filter((id) => id === HONEST || !id.startsWith(`${HONEST}-`))
    .map((id) => {
      const scenario = scenarios.find((each) => each.id === id.split('/')[0]);
      return { id, title: scenario?.title ?? id, family: scenario?.family ?? 'others' };
    });
};

const firstOf = ({ endpoints }: RunningServer): string[] => [...new Set(endpoints.map(({ case: key }) => idIn(key)))];

/** The scenario that changes nothing; those named after it serve comparisons only. */
const HONEST = 'control';

/** The id in the key of a case. */
const idIn = (key: string): string => key.split('@')[0] ?? key;
