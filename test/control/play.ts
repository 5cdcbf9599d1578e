import { createTransport } from 'nodemailer';
import type { Caller } from '../../src/control/caller.js';
import type { Answered, Taken } from '../../src/control/messages.js';

/** A client as a test suite runs it: connects where `start` says. */
export type Played = (server: Answered<'start'>, ca: string) => Promise<void>;

/** nodemailer sends one mail. */
export const nodemailer =
  (requireTLS: boolean): Played =>
  async ({ host, port, tls, user, password, from, to }, ca) => {
    const transport = createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS,
      tls: { ca },
      auth: { user, pass: password },
      greetingTimeout: 2000,
      socketTimeout: 2000,
    });
    try {
      await transport.sendMail({ from, to, subject: 'x', text: 'x' });
    } finally {
      transport.close();
    }
  };

/** Runs a client through one step, again where waxseal asks for it. */
export const play = async (caller: Caller, ordered: Taken<'start'>, client: Played): Promise<Answered<'verdict'>> => {
  const { ca } = (await caller.call('hello', {})) as Answered<'hello'>;
  for (let round = 1; ; round += 1) {
    const server = (await caller.call('start', ordered)) as Answered<'start'>;
    const said = await client(server, ca.pem).then(
      () => ({ outcome: 'success' as const }),
      (error: unknown) => ({ outcome: 'failure' as const, error: String(error) }),
    );
    const verdict = (await caller.call('verdict', { visit: server.visit, ...said })) as Answered<'verdict'>;
    if (verdict.again === undefined || round === 3) return verdict;
  }
};
