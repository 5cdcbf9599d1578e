import { Fault } from '../fault.js';
import { assertStartable, keep } from './keeper.js';
import { redirectorCommand } from './self.js';
import { namespaceAvailability, startNamespaceTree } from './namespace-tree.js';

/** A command all of whose connections to some ports go to a SOCKS proxy. */
export interface RedirectedCommand extends AsyncDisposable {
  /** Exit code of the command; 128 where a signal ended it. */
  readonly ended: Promise<number>;
  readonly signal: (name: NodeJS.Signals) => void;
}

/**
 * Starts a command in a network namespace of its own, with our streams and environment: what it connects to on these ports arrives at
 * the SOCKS proxy that listens on `path`, whatever the address is; other ports refuse. Throws `CANNOT_START` where there are no
 * namespaces, or no such command.
 */
export const startRedirected = async (
  command: readonly string[],
  { path, ports }: { readonly path: string; readonly ports: readonly number[] },
): Promise<RedirectedCommand> => {
  const [program = '', ...words] = command;
  const found = assertStartable(program);
  const here = await namespaceAvailability('own');
  if (!here.available)
    throw new Fault('CANNOT_START', `connections cannot be redirected here: ${here.why}; use --socks instead`);
  const tree = await startNamespaceTree({
    command: redirectorCommand([path, ports.join(','), '--', found, ...words]),
    cwd: process.cwd(),
    env: Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    mounts: [],
    streams: 'inherited',
    hasInput: true,
    onOutput: () => undefined,
    network: 'own',
  });
  const child = keep(tree, 'namespace', GRACE, () => ({ stdout: '', stderr: '', truncated: false }));
  return {
    ended: child.leaderExited.then(({ code }) => code ?? KILLED),
    signal: (name) => {
      child.signal(name);
    },
    [Symbol.asyncDispose]: () => child.stop(),
  };
};

/** Milliseconds. */
const GRACE = 1000;
/** Exit code of a command that a signal ended. */
const KILLED = 128;
