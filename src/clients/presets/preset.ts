import protocols from '../../protocols/index.js';
import type { ProtocolName, TlsMode } from '../../protocols/protocol.js';
import type { Build } from '../command.js';
import type { TlsPolicy } from '../../verdict/visit.js';

/** One way to configure a client. */
export interface PresetSetUp {
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly policy: TlsPolicy;
}

/** What `waxseal test` needs to start a client: a command and configuration files, both with placeholders. */
export interface ClientConfiguration {
  readonly command: readonly string[];
  /** By path below the visit's home. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Where the client cannot be told whom to trust: `namespace` puts the CA in place of the system’s authorities and needs
   * namespaces, `nobody` is for one that verifies no certificate.
   */
  readonly trust?: 'namespace' | 'nobody';
  /** The client gets a terminal. */
  readonly terminal?: true;
  /** Seconds of silence after which the client, which never ends, is ended, as in `--until-idle`. */
  readonly untilIdle?: number;
  /** Seconds that one run may take, where 20 are not enough, as in `--max-time`. */
  readonly maxTime?: number;
  /** What is typed when it asks, as in `--answer`. */
  readonly answers?: readonly string[];
  /** What is made once before the first visit. */
  readonly build?: Build;
}

/** A mail client that is known well enough to be started by name. */
export interface Preset {
  /** As in `waxseal test --preset NAME`. */
  readonly name: string;
  readonly title: string;
  /** The program that must be on the PATH, or in one of `folders`. */
  readonly program: string;
  /** Searched after the PATH, by the client's own command too. */
  readonly folders?: readonly string[];
  /** Files of libraries that must be there, too. */
  readonly needs?: readonly string[];
  /** Debian packages that bring it. */
  readonly packages: string;
  /** The package of npm that brings it. */
  readonly npm?: string;
  /** It looks for its server in DNS, which only a cell has. */
  readonly discovers?: true;
  /** What one should know of its verdicts. */
  readonly remark?: string;
  /** Undefined where the client cannot be configured so. */
  readonly configure: (setUp: PresetSetUp) => ClientConfiguration | undefined;
}

/** Where `scripts/install-daemons` unpacks what cannot be installed beside another mail server. */
export const inLab = (name: string, folder: string): string => `/usr/local/lib/waxseal/${name}/${folder}`;

/** Declares a preset. */
export const definePreset = (preset: Preset): Preset => preset;

/** Every set-up that a preset has a configuration for. */
export const presetSetUps = (preset: Preset): PresetSetUp[] =>
  SET_UPS.filter((setUp) => preset.configure(setUp) !== undefined);

const SET_UPS: readonly PresetSetUp[] = Object.values(protocols).flatMap(({ name, modes }) =>
  modes.flatMap((tls) =>
    (['required', 'opportunistic'] as const).map((policy): PresetSetUp => ({ protocol: name, tls, policy })),
  ),
);
