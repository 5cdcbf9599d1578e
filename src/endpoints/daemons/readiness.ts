import { connect, isIPv4 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

import { Fault } from '../../fault.js';
import type { Child } from '../../place/keeper.js';
import { isImplicit, type DaemonListener, type Readiness } from './running-daemon.js';

/** Waits until every listener is ready and the log says that it is this daemon's own, for 15 s at most; else `CANNOT_START` with the end of the log. */
export const greeted = async (
  name: string,
  child: Child,
  listeners: readonly DaemonListener[],
  log: () => string,
  started: RegExp,
  ready: Readiness = 'greeting',
): Promise<void> => {
  const watch = { isOver: false };
  const ended = child.leaderExited.then(() => {
    watch.isOver = true;
    return false;
  });
  const deadline = Date.now() + 15_000;
  await Promise.all(
    listeners.map(async (listener) => {
      while (!(await Promise.race([isReady(listener, ready), ended])) || !started.test(log())) {
        if (watch.isOver || Date.now() > deadline) {
          throw new Fault(
            'CANNOT_START',
            `${name} did not greet on ${listener.address}:${listener.port}${watch.isOver ? ', it ended' : ' within 15 s'}; its log says: ${JSON.stringify(`${child.output().stderr}${log()}`.slice(-800))}`,
          );
        }
        await delay(20);
      }
    }),
  );
};

/** A log without the lines that waiting for the greetings caused, known by the address that it came from. */
export const withoutReadiness = (log: string, address: string): string =>
  log
    .split('\n')
    .filter(
      (line) => !new RegExp(`(rip=|\\[)${sourceAddress(address)?.replaceAll('.', '\\.') ?? 'none'}[,\\]]`).test(line),
    )
    .join('\n');

const sourceAddress = (address: string): string | undefined => {
  if (!isIPv4(address)) return undefined;
  return address === '127.0.0.3' ? '127.0.0.4' : '127.0.0.3';
};

const isReady = ({ portRole, address, port }: DaemonListener, ready: Readiness): Promise<boolean> =>
  new Promise((resolve) => {
    const localAddress = sourceAddress(address);
    const plain = connect({ host: address, port, ...(localAddress === undefined ? {} : { localAddress }) });
    const socket =
      ready === 'greeting' && isImplicit(portRole) ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
    const settle = (answer: boolean): void => {
      socket.destroy();
      plain.destroy();
      resolve(answer);
    };
    plain.setTimeout(5000, () => settle(false));
    plain.on('error', () => settle(false)).on('close', () => settle(false));
    if (socket !== plain) socket.on('error', () => settle(false)).on('close', () => settle(false));
    socket.once(ready === 'greeting' ? 'data' : 'connect', () => settle(true));
  });
