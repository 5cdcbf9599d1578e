import { createTransport } from 'nodemailer';
import type { ServedEndpoint, ServedVerdict } from './served.js';

/** Endpoints that stay up, as their clients see them. */
export interface Serving {
  readonly ca: string;
  readonly verdicts: readonly ServedVerdict[];
  readonly endpoint: (
    protocol: string,
    scenario: string,
  ) => Pick<ServedEndpoint, 'port' | 'user' | 'password' | 'from' | 'to'>;
  /** Resolves when there may be another verdict. */
  readonly next: () => Promise<void>;
}

/** What became of a mail client. */
export interface Judged {
  readonly who: string;
  readonly status: string;
  readonly because: string;
  readonly isRight: boolean;
  /** Milliseconds until the dialogue was over, of the connection that was judged. */
  readonly served: number;
}

const SCENARIOS = ['control', 'starttls-not-offered'];

/** A careful and a careless mail client at the honest endpoint and at the one that hides STARTTLS: each judged. */
export const judgeBoth = async (served: Serving): Promise<Judged[]> => {
  const all: Judged[] = [];
  for (const who of ['careful', 'careless'] as const)
    for (const scenario of SCENARIOS) {
      const right = who === 'careless' && scenario !== 'control' ? 'unsafe' : 'safe';
      const { served: ms, ...verdict } = await visited(served, scenario, who, MOST_TRIES);
      all.push({ who: `${who} ${scenario}`, ...verdict, isRight: verdict.status === right, served: ms });
    }
  return all;
};

/** Connects until the attack reached it: strangers from the same address take turns with it. */
const visited = async (
  served: Serving,
  scenario: string,
  who: 'careful' | 'careless',
  tries: number,
  began = performance.now(),
): Promise<Pick<Judged, 'status' | 'because' | 'served'>> => {
  const { port, user, password, from, to } = served.endpoint('smtp', scenario);
  const before = served.verdicts.length;
  const mine = (): ServedVerdict | undefined =>
    served.verdicts.slice(before).find(({ client }) => client?.startsWith(`EHLO honest-${who}`) === true);
  const transport = createTransport({
    host: 'localhost',
    port,
    name: `honest-${who}`,
    requireTLS: who === 'careful',
    tls: { ca: served.ca },
    auth: { user, pass: password },
  });
  await transport.sendMail({ from, to, subject: 'x', text: 'x' }).catch((error: unknown) => {
    if (process.env['WAXSEAL_HOSTILE_DEBUG'] !== undefined) console.error(who, scenario, error);
  });
  const took = Math.round(performance.now() - began);
  transport.close();
  const until = performance.now() + PATIENCE;
  for (;;) {
    const found = mine();
    // Where a stranger took its place, it is attacked unknown at first.
    const isAttacked = found?.case.startsWith(`${scenario}@`) === true && !found.because.includes('not yet seen');
    if (found !== undefined && isAttacked) return { status: found.status, because: found.because, served: took };
    if (found !== undefined && tries > 1) return visited(served, scenario, who, tries - 1);
    if (found !== undefined) return { status: 'never attacked', because: found.because, served: took };
    if (performance.now() > until) return { status: 'no verdict', because: 'none within a minute', served: took };
    await served.next();
  }
};

/** Connections that a client makes until one of them is attacked. */
const MOST_TRIES = 12;
/** Milliseconds. */
const PATIENCE = 60_000;
