import { connect } from 'node:net';
import { COMMON_PORTS, WELL_KNOWN_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import type { Target } from '../targets/target.js';
import type { ClosedPort } from './options.js';
import { caseOf, type AuditResult } from './result.js';

/** Ports that the user says are open, or closed. */
export interface ExpectedPorts {
  readonly open: readonly number[];
  readonly closed: readonly number[];
}

/** What an audit saw of ports. */
export interface SeenPorts {
  readonly results: readonly AuditResult[];
  readonly closed: readonly Pick<ClosedPort, 'host' | 'address' | 'port' | 'how'>[];
}

/**
 * One result for each host and expected port: `fail` where it is not as expected. A port that the audit did not look at is
 * connected to, for at most `patience` milliseconds.
 */
export const expectedPortResults = async (
  targets: readonly Target[],
  { open, closed }: ExpectedPorts,
  seen: SeenPorts,
  patience: number,
): Promise<AuditResult[]> => {
  const hosts = [...new Map(targets.map((target) => [target.host, target])).values()];
  const wanted = hosts.flatMap((target) => [
    ...open.map((port) => ({ target, port, expectation: OPEN })),
    ...closed.map((port) => ({ target, port, expectation: CLOSED })),
  ]);
  return Promise.all(
    wanted.map(async ({ target, port, expectation }) => {
      const state = stateOf(target, port, seen) ?? (await connected(target.host, port, patience));
      return result(target, port, expectation, state, seen);
    }),
  );
};

type State = 'open' | 'refused' | 'silent' | 'unknown';

const connected = (host: string, port: number, patience: number): Promise<State> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patience });
    const done = (state: State): void => {
      socket.destroy();
      resolve(state);
    };
    socket
      .once('connect', () => {
        done('open');
      })
      .once('timeout', () => {
        done('silent');
      })
      .on('error', (error) => {
        done(stateAfter(error));
      });
  });

/** Of several addresses the last word is that of all. */
const stateAfter = (error: NodeJS.ErrnoException | AggregateError): State => {
  const codes = 'errors' in error ? error.errors.map((each: NodeJS.ErrnoException) => each.code) : [error.code];
  if (codes.includes('ECONNREFUSED')) return 'refused';
  return codes.includes('ETIMEDOUT') ? 'silent' : 'unknown';
};

const stateOf = ({ host }: Target, port: number, { results, closed }: SeenPorts): State | undefined => {
  if (results.some((each) => each.host === host && each.port === port)) return 'open';
  return closed.find((each) => each.host === host && each.port === port)?.how;
};

interface Expectation {
  readonly id: 'port-must-be-open' | 'port-must-be-closed';
  readonly title: string;
  readonly isMet: (state: State) => boolean;
  readonly remedy: string;
}

const OPEN: Expectation = {
  id: 'port-must-be-open',
  title: 'The port is open, as was said',
  isMet: (state) => state === 'open',
  remedy: 'start the service, and let the firewall pass the port on; or correct what is expected',
};

const CLOSED: Expectation = {
  id: 'port-must-be-closed',
  title: 'The port is closed, as was said',
  isMet: (state) => state === 'refused' || state === 'silent',
  remedy: 'stop the service on this port, or close it in the firewall; or correct what is expected',
};

const result = (
  { text, host }: Target,
  port: number,
  expectation: Expectation,
  state: State,
  { results }: SeenPorts,
): AuditResult => {
  const spoken = results.find((each) => each.host === host && each.port === port);
  const { role, ...usual } = serviceOf(port);
  const { protocol, tls } = spoken ?? usual;
  const isMet = expectation.isMet(state);
  return {
    case: caseOf(expectation.id, { host, address: host, port, role, protocol, tls }),
    id: expectation.id,
    title: expectation.title,
    target: text,
    host,
    port,
    portRole: role,
    protocol,
    tls,
    status: state === 'unknown' ? 'inconclusive' : isMet ? 'pass' : 'fail',
    severity: 'high',
    because: `port ${String(port)} ${WORDS[state]}`,
    references: [],
    cve: [],
    cwe: [],
    evidence: [],
    facts: {},
    ...(!isMet && state !== 'unknown' && { remedy: { any: expectation.remedy } }),
    reproduce: ['waxseal', 'audit', text, expectation === OPEN ? '--expect-open' : '--expect-closed', String(port)],
  };
};

const serviceOf = (port: number): WellKnownPort => {
  const found = WELL_KNOWN_PORTS.find((each) => each.port === port) ?? COMMON_PORTS[0];
  if (found === undefined) throw new Error('there is no mail port');
  return found;
};

const WORDS: Readonly<Record<State, string>> = {
  open: 'is open',
  refused: 'refuses connections',
  silent: 'does not answer',
  unknown: 'could not be reached: is the name right, and is there a network?',
};
