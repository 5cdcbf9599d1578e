import protocols from '../../protocols/index.js';
import type { ProtocolName, TlsMode } from '../../protocols/protocol.js';
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
}

/** A mail client that is known well enough to be started by name. */
export interface Preset {
  /** As in `waxseal test --preset NAME`. */
  readonly name: string;
  readonly title: string;
  /** The program that must be on the PATH. */
  readonly program: string;
  /** Debian packages that bring it. */
  readonly packages: string;
  /** What one should know of its verdicts. */
  readonly remark?: string;
  /** Undefined where the client cannot be configured so. */
  readonly configure: (setUp: PresetSetUp) => ClientConfiguration | undefined;
}

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
