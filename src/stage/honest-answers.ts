import type { Answerer } from '../endpoints/answerer.js';
import { honestInside, honestSettings, type OtherLogins } from '../endpoints/honest.js';
import protocols from '../protocols/index.js';
import type { Offer } from '../protocols/protocol.js';
import type { Conduct } from './conduct.js';
import type { Placed } from './connection-log.js';
import type { MiddleSeat } from './middle-seat.js';
import type { SceneOptions } from './scene-options.js';

/** The source of the honest answers on one connection. */
export interface Honest {
  readonly answerer: Answerer;
  readonly inside: Offer;
  readonly close?: () => void;
}

/** What a scene knows that decides who answers. */
export interface AnswersContext {
  readonly options: SceneOptions;
  /** In front of a real server. */
  readonly middle: MiddleSeat | undefined;
  /** The next number for a leg. */
  readonly number: () => number;
}

/** The source of the honest answers on this connection; undefined if it is over already. */
export const honestAnswers = async (
  { options, middle, number }: AnswersContext,
  { id, port, connection: { wire } }: Placed,
  conduct: Conduct,
  otherLogins?: OtherLogins,
): Promise<Honest | undefined> => {
  const { plaintext, tamper } = conduct;
  if (middle === undefined) {
    const inside = conduct.inside(honestInside(port.protocol, otherLogins));
    const settings = honestSettings(port.protocol, options.canaries, {
      inside,
      plaintext,
      relay: !port.login,
      ...(otherLogins && { otherLogins }),
    });
    const { account, mail, onMailTaken, refusal } = options;
    const server = protocols[port.protocol].server({
      ...settings,
      account: { ...settings.account, ...account },
      ...(mail && { mail }),
      ...(onMailTaken && {
        onMailTaken: () => {
          onMailTaken(id);
        },
      }),
      ...(refusal && { refusal }),
    });
    return {
      answerer: server,
      inside,
      close: () => {
        server.end?.();
      },
    };
  }
  const leg = { id: number(), of: id, plaintext, inside: conduct.inside };
  const { idle } = options;
  const unread = conduct.unread;
  if (middle.tunnels && unread === 'spliced') {
    // A door that does not greet is waited for in vain: the connection is ended in good time.
    const patience = port.tls === 'implicit' ? Math.min(idle, UNGREETED) : idle;
    if (await middle.splice(wire, leg, number, patience)) return undefined;
  } else if (middle.tunnels && (unread === 'honest' || Object.keys(tamper).length === 0)) {
    if (await middle.join(wire, leg, idle)) return undefined;
  } else {
    const upstream = await middle.open(leg);
    if (upstream !== undefined)
      return {
        answerer: middle.answers(upstream, id, number),
        inside: upstream.insideOffer,
        close: () => {
          middle.close(upstream);
        },
      };
  }
  wire.transcript.note({ what: 'server-unreachable', by: 'server' });
  wire.end('server');
  return undefined;
};

/** Milliseconds: a client that does not wait for a greeting has spoken by then. */
const UNGREETED = 5000;
