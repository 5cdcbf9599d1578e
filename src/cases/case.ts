import type { PortRole, ProtocolName, TlsMode } from '../protocols/protocol.js';
import protocols from '../protocols/index.js';
import { portRoleOf } from '../clients/driver.js';
import { NO_VARIANT, type ComparedControl, type Extra, type Scenario, type Variant } from '../scenarios/scenario.js';
import type { Flaw } from '../toys/moments.js';
import type { ControlFacts, Seat } from '../verdict/visit.js';

/** One scenario (and variant) in one protocol, TLS mode and seat. */
export interface Case {
  readonly scenario: Scenario;
  readonly variant?: Variant;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly seat: Seat;
  readonly portRole: PortRole;
}

/** The scenario's id with the variant: `starttls-refused/454`. */
export const caseId = ({ scenario, variant }: Pick<Case, 'scenario' | 'variant'>): string =>
  variant === undefined ? scenario.id : `${scenario.id}/${variant.name}`;

/** The stable key: `starttls-refused/454@smtp+starttls#server`. */
export const caseKey = (one: Case): string => `${caseId(one)}@${one.protocol}+${one.tls}#${one.seat}`;

/** The mistake that the case exists to find. */
export const flawOf = ({ scenario, variant = NO_VARIANT }: Pick<Case, 'scenario' | 'variant'>): Flaw =>
  typeof scenario.flaw === 'function' ? scenario.flaw(variant) : scenario.flaw;

/** Whether the default set leaves the case out, and why. */
export const extraOf = ({ scenario, variant }: Pick<Case, 'scenario' | 'variant'>): Extra | undefined =>
  variant?.extra ?? scenario.extra;

/** Milliseconds that a visit of the case may take at least. */
export const lastsOf = ({
  scenario: { lasts = 0 },
  variant = NO_VARIANT,
}: Pick<Case, 'scenario' | 'variant'>): number => (typeof lasts === 'function' ? lasts(variant) : lasts);

/** What happens in the case where TLS passes on unread through the middle seat; undefined if it needs to see inside. */
export const unreadOf = ({
  scenario: { unread },
  variant = NO_VARIANT,
}: Pick<Case, 'scenario' | 'variant'>): 'spliced' | 'honest' | undefined =>
  typeof unread === 'function' ? unread(variant) : unread;

/** The control that a case is compared with; undefined if there is none. */
export const comparedControl = ({
  scenario,
  variant = NO_VARIANT,
}: Pick<Case, 'scenario' | 'variant'>): ComparedControl | undefined =>
  typeof scenario.comparesWith === 'function' ? scenario.comparesWith(variant) : scenario.comparesWith;

/** Why the attack cannot be made in this protocol; undefined where it can. */
export const impossibility = ({ scenario, protocol }: Pick<Case, 'scenario' | 'protocol'>): string | undefined =>
  scenario.impossible?.(protocols[protocol]);

/** Why the attack never comes to a client with this control; undefined where it does. */
export const pointlessness = (
  { scenario, variant = NO_VARIANT }: Pick<Case, 'scenario' | 'variant'>,
  control: ControlFacts | undefined,
): string | undefined => (control === undefined ? undefined : scenario.pointless?.(variant, control));

/** Every case of the given scenarios for a protocol, mode and seat, in the registry's order. */
export const casesOf = (
  scenarios: readonly Scenario[],
  protocol: ProtocolName,
  tls: TlsMode,
  seat: Seat,
  portRole = portRoleOf(protocol, tls),
): Case[] =>
  scenarios
    .filter(
      (scenario) =>
        scenario.modes.includes(tls) &&
        (scenario.protocols?.includes(protocol) ?? true) &&
        (scenario.seats?.includes(seat) ?? true),
    )
    .flatMap((scenario): Case[] => {
      const base = { scenario, protocol, tls, seat, portRole };
      if (scenario.variants === undefined) return [base];
      return scenario.variants
        .filter(
          (variant) =>
            (variant.protocols?.includes(protocol) ?? true) &&
            (variant.modes?.includes(tls) ?? true) &&
            (variant.seats?.includes(seat) ?? true),
        )
        .map((variant) => ({ ...base, variant }));
    });
