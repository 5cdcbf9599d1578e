import { execFileSync } from 'node:child_process';
import { isIP } from 'node:net';
import { commandDriver, type CommandOptions } from '../clients/command.js';
import { assertStartable } from '../place/keeper.js';
import protocols from '../protocols/index.js';
import type { ProtocolName, TlsMode } from '../protocols/protocol.js';
import type { VisitSettings } from '../stage/visit.js';
import type { Visit } from '../verdict/visit.js';
import { chainVisits } from './chain-visit.js';
import type { ComparedLibrary } from './chain-options.js';

/** A TLS library that comes with a command-line client. */
export type LibraryName = 'openssl' | 'gnutls';

/** How a library's client is started for one protocol, mode and kind of host. */
interface LibraryClient {
  readonly program: string;
  readonly versionArguments: readonly string[];
  readonly command: (options: {
    readonly protocol: ProtocolName;
    readonly tls: TlsMode;
    readonly isAddress: boolean;
  }) => readonly string[];
  /** Whether it took the chain, by how it ended. */
  readonly hasVerified: (ended: { readonly code?: number | undefined; readonly stdout: string }) => boolean;
}

/** The client of a TLS library, to which chains are presented; throws `CANNOT_START` where it is not installed. `folder` is the session's. */
export const comparedLibrary = (
  library: LibraryName,
  settings: Omit<VisitSettings, 'presented' | 'secrets' | 'folder' | 'driver'>,
  options: Pick<CommandOptions, 'folder' | 'trust'>,
): ComparedLibrary => {
  const { program, versionArguments, command, hasVerified } = LIBRARIES[library];
  const path = assertStartable(program);
  const drivers = new Map<string, ReturnType<typeof chainVisits>>();
  return {
    name: nameOf(library, path, versionArguments),
    accepts: async (one, number, presented, signal) => {
      const words = command({ protocol: one.protocol, tls: one.tls, isAddress: isIP(presented.host) !== 0 });
      const key = words.join(' ');
      const observe =
        drivers.get(key) ?? chainVisits({ ...settings, driver: commandDriver(words, options) }, options.folder.path);
      drivers.set(key, observe);
      return acceptance(await observe(one, number, presented, {}, { signal, started: () => undefined }), hasVerified);
    },
  };
};

/** Both clients verify in the handshake. */
const acceptance = (
  { client, connections, faults }: Visit,
  hasVerified: LibraryClient['hasVerified'],
): boolean | undefined => {
  const metTls = connections.some(({ entries }) =>
    entries.some((entry) => entry.kind === 'boundary' && entry.hello !== undefined),
  );
  return faults.length > 0 || client.how !== 'ended' || !metTls ? undefined : hasVerified(client);
};

const nameOf = (library: LibraryName, path: string, versionArguments: readonly string[]): string => {
  const said = execFileSync(path, [...versionArguments], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return `${library} ${/\d+\.\d+(?:\.\d+)?/.exec(said)?.[0] ?? 'of unknown version'}`;
};

const LIBRARIES: Readonly<Record<LibraryName, LibraryClient>> = {
  openssl: {
    program: 'openssl',
    versionArguments: ['version'],
    command: ({ protocol, tls, isAddress }) => [
      'openssl',
      's_client',
      '-brief',
      ...['-connect', '{ip}:{port}', '-CAfile', '{ca}', '-no-CApath', '-no-CAstore', '-verify_return_error'],
      ...(isAddress
        ? ['-noservername', '-verify_ip', '{ip}']
        : ['-servername', '{servername}', '-verify_hostname', '{servername}']),
      ...(tls === 'starttls' ? ['-starttls', protocols[protocol].opensslName] : []),
    ],
    hasVerified: ({ code }) => code === 0,
  },
  gnutls: {
    program: 'gnutls-cli',
    versionArguments: ['--version'],
    command: ({ protocol, tls, isAddress }) => [
      'gnutls-cli',
      ...['--port', '{port}', '--x509cafile', '{ca}', '--verify-hostname', '{servername}'],
      ...(isAddress ? ['--disable-sni'] : ['--sni-hostname', '{servername}']),
      ...(tls === 'starttls' ? [`--starttls-proto=${protocols[protocol].opensslName}`] : []),
      '{ip}',
    ],
    // With nothing to say it ends TLS, and calls it an error where the server greets in clear afterwards.
    hasVerified: ({ code, stdout }) => code === 0 || stdout.includes('- Handshake was completed'),
  },
};
