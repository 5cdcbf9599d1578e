import { connect, isIP, type Socket } from 'node:net';
import type { MailTask } from '../protocols/client-task.js';
import { portOf, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import protocols from '../protocols/index.js';
import type { ClientEnd } from '../verdict/visit.js';
import { Transcript } from '../wire/transcript.js';
import { Wire } from '../wire/wire.js';
import { discovered, type Found } from './discovery.js';
import { careful, type Habits } from './habits.js';
import type { NextAttempt } from './gave-up.js';
import type { ClientHooks } from './moments.js';
import type { ConnectionTask } from './connection-task.js';
import { ToyConnection } from './toy-connection.js';

/**
 * A mail client in this process that is careful in one of many styles, and makes exactly the mistakes that its hooks are:
 * the oracle that judges are proved with, and waxseal's self-test.
 */
export const toyClient = (
  habits: Partial<Habits> = {},
  hooks: ClientHooks = {},
): { run(task: MailTask): Promise<ClientEnd> } => {
  const nature: Nature = { habits: { ...careful, ...habits }, hooks };
  return { run: (task) => runToy(task, nature) };
};

interface Nature {
  readonly habits: Habits;
  readonly hooks: ClientHooks;
}

const runToy = async (task: MailTask, nature: Nature): Promise<ClientEnd> => {
  const started = performance.now();
  const sockets: Socket[] = [];
  const abandon = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  task.signal.addEventListener('abort', abandon, { once: true });
  let error: string | undefined;
  let display = '';
  const show = (text: string): void => {
    display += text.slice(0, MOST_SHOWN);
  };
  try {
    for (let ordinal = 1; ordinal <= nature.habits.connections && !task.signal.aborted; ordinal += 1)
      error = (await runConnection(task, nature, ordinal, { sockets, show })) ?? error;
    await Promise.all(sockets.map(closed));
  } finally {
    task.signal.removeEventListener('abort', abandon);
  }
  return {
    how: task.signal.aborted ? 'stopped' : 'rested',
    ...(error !== undefined && { error }),
    stdout: '',
    stderr: '',
    display,
    duration: performance.now() - started,
  };
};

/** One connection, and the further attempts that it leads to; resolves with why the last one was given up. */
const runConnection = async (
  task: MailTask,
  { habits, hooks }: Nature,
  ordinal: number,
  { sockets, show }: { readonly sockets: Socket[]; readonly show: ConnectionTask['show'] },
): Promise<string | undefined> => {
  const found = await serverOf(task, habits, hooks);
  if (found === undefined) return 'no server was found';
  let attempt: Attempt | undefined = { tls: found.tls, port: found.port };
  let why: string | undefined;
  for (
    let tries = 0;
    attempt !== undefined && tries < (hooks.attempts ?? MOST_ATTEMPTS) && !task.signal.aborted;
    tries += 1
  ) {
    const socket = await connected(task, found.address, attempt.port);
    if (socket === undefined) {
      why = 'no connection';
      attempt = hooks.onDeadPort === undefined ? undefined : nextAttempt(task, hooks.onDeadPort(), attempt.port);
      continue;
    }
    sockets.push(socket);
    if (isGivenUp(task)) socket.destroy();
    const wire = new Wire(socket, 'client', new Transcript(() => performance.now(), { limit: 0 }));
    const outcome = await new ToyConnection(
      wire,
      { ...connectionTask({ ...task, servername: found.host }, attempt, ordinal, habits), show },
      habits,
      hooks,
    ).run();
    why = outcome?.why;
    attempt = outcome?.next === undefined ? undefined : nextAttempt(task, outcome.next, attempt.port);
  }
  return why;
};

/** Where the toy goes: to the server that it was given, unless it looks for one. */
const serverOf = async (task: MailTask, { discovers }: Habits, hooks: ClientHooks): Promise<Found | undefined> => {
  const { domain, servername: host, port, tls } = task;
  if (domain !== undefined && discovers !== 'nothing')
    return discovered({ ...task, domain }, discovers, hooks.believesDiscovery === true);
  // Names of a cell are in a hosts file that only child processes see.
  const address = task.host === 'localhost' || isIP(task.host) !== 0 ? task.host : task.ip;
  return { host, address, port, tls };
};

/** That may have happened while it connected. */
const isGivenUp = ({ signal }: MailTask): boolean => signal.aborted;

interface Attempt {
  readonly tls: ConnectionTask['tls'];
  readonly port: number;
  /** With TLS 1.1 at most. */
  readonly isOld?: true;
}

const nextAttempt = (task: MailTask, next: NextAttempt, port: number): Attempt | undefined => {
  if (next === 'with-tls') return { tls: task.tls, port };
  if (next === 'with-old-tls') return { tls: task.tls, port, isOld: true };
  if (next === 'in-clear') return { tls: 'in-clear', port };
  if (typeof next === 'object') return { tls: 'in-clear', port: next.to };
  const own = portOf(task.portRole);
  const other = WELL_KNOWN_PORTS.find(
    (each) => each.protocol === task.protocol && each.role !== task.portRole && each.tls === 'starttls',
  );
  // Where ports are not the well-known ones, what listens there is no part of the visit.
  return own.port === task.port && other !== undefined ? { tls: 'in-clear', port: other.port } : undefined;
};

const connectionTask = (
  task: MailTask,
  { tls, isOld }: Attempt,
  ordinal: number,
  habits: Habits,
): Omit<ConnectionTask, 'show'> => {
  const { protocol, servername, ca, user, password, token, from, to, message } = task;
  return {
    protocol: protocols[protocol],
    tls,
    ...(isOld && { isOld }),
    ordinal,
    servername,
    ca,
    ...(portOf(task.portRole).login && { account: { user, password, token } }),
    message: { from, to, message: habits.message === 'own' ? OWN_MESSAGE : message },
  };
};

/** All addresses of the name are tried, one after the other; undefined if none of them answers. */
const connected = (task: MailTask, host: string, port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, autoSelectFamily: true });
    const giveUp = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    task.signal.addEventListener('abort', giveUp, { once: true });
    socket.once('connect', () => {
      task.signal.removeEventListener('abort', giveUp);
      resolve(socket);
    });
    socket.once('error', giveUp);
    socket.once('close', giveUp);
  });

/** The server has a moment to close its side, then the connection is dropped. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LINGER);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });

const OWN_MESSAGE = 'Subject: Test mail\r\n\r\nWho reads this has configured mail rightly.\r\n';
const MOST_ATTEMPTS = 4;
const LINGER = 1000;
/** Characters of one reply. */
const MOST_SHOWN = 1000;
