import type { Tamper } from '../endpoints/tamper.js';
import type { Offer } from '../protocols/protocol.js';
import type { Variant } from '../scenarios/scenario.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { ConnectionRecord, ControlFacts } from '../verdict/visit.js';
import { unreadOf, type Case } from '../cases/case.js';

/** What an endpoint does that an honest server would not. */
export interface Conduct {
  readonly tamper: Tamper<never>;
  readonly plaintext: 'served' | 'refused';
  /** What the certificate is like where no rule names another one. */
  readonly certificate: RecipeName;
  /** What it is like on connections after the first one, or beside it; the same by default. */
  readonly laterCertificate?: RecipeName;
  /** The place of the first connection that has it; 2 by default. */
  readonly laterFrom?: number;
  /** What becomes of TLS that passes on unread (middle seat). */
  readonly unread?: 'spliced' | 'honest';
  /** What is offered inside TLS, made of the honest offer. */
  readonly inside: (honest: Offer) => Offer;
}

/** The conduct of the client's own endpoint in a case; `control` is what this client's control taught. */
export const ownConduct = (one: Case, control?: ControlFacts): Conduct => {
  const { scenario, variant = NO_VARIANT } = one;
  const unread = unreadOf(one);
  const { certificate = 'good', laterCertificate, laterFrom, inside, plaintext = 'served', tamper } = scenario;
  return {
    tamper,
    plaintext,
    ...(unread && { unread }),
    certificate: typeof certificate === 'string' ? certificate : certificate(variant),
    ...(laterCertificate && { laterCertificate }),
    ...(laterFrom && { laterFrom: laterFrom(variant, control) }),
    inside: (honest) => (inside === undefined ? honest : inside(honest, variant, control)),
  };
};

/** What a connection is shown where no rule names another certificate. */
export const certificateOn = (
  { certificate, laterCertificate = certificate, laterFrom = 2 }: Conduct,
  { ordinal, beside, place }: { readonly ordinal: number; readonly beside: boolean; readonly place: number },
): RecipeName => ((laterFrom === 2 ? ordinal === 1 && !beside : place < laterFrom) ? certificate : laterCertificate);

/** All that an endpoint may show. */
export const certificatesOf = ({ certificate, laterCertificate = certificate }: Conduct): readonly RecipeName[] => [
  certificate,
  laterCertificate,
];

/** The conduct of the endpoints of the other port roles. */
const otherConduct = ({ scenario }: Case): Conduct => ({ ...HONEST, ...scenario.others });

/** The conduct of an endpoint by whose it is. */
export const conductOf = (one: Case, endpoint: ConnectionRecord['endpoint'], control?: ControlFacts): Conduct => {
  switch (endpoint) {
    case 'own':
      return ownConduct(one, control);
    case 'other':
      return otherConduct(one);
    case 'attacker':
      return one.scenario.attacker === 'verified' ? HONEST : ATTACKER;
    case 'web':
    case 'attacker-web':
      return HONEST;
  }
};

/** The conduct of the attacker's own server, in a case that has one. */
export const attackers = ({ scenario }: Case): readonly Conduct[] => (scenario.attacker === true ? [ATTACKER] : []);

/** Takes whatever login comes, in clear too. */
const ATTACKER: Conduct = {
  tamper: {},
  plaintext: 'served',
  certificate: 'unknown-issuer',
  inside: (honest) => honest,
};

/** Nothing is changed, and a login in clear is refused: what a connection meets that shows the client without an attack. */
export const HONEST: Conduct = { tamper: {}, plaintext: 'refused', certificate: 'good', inside: (honest) => honest };

const NO_VARIANT: Variant = { name: '' };
