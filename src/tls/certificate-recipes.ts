/** How the certificate of one endpoint is right, or wrong in exactly one way. */
export interface CertificateRecipe {
  readonly title: string;
  /** A client that reads RFC 9525 strictly must refuse it. */
  readonly faulty: boolean;
  /** Refusing it is a question of policy: RFC 7817 §3 permits it, RFC 9525 §2 forbids it. */
  readonly policyOnly?: boolean;
  /** Who signs: the session's authority, one that nobody trusts, or the leaf's own key. */
  readonly signer: 'authority' | 'stranger' | 'itself';
  /** The server staples its authority's word that the certificate is revoked, for clients that ask for its status. */
  readonly isRevoked?: true;
  /** Validity relative to now, in days. */
  readonly days: readonly [from: number, to: number];
  /**
   * Which names the certificate carries, and where. `common-name` tests clients that connect by `dns[0]`: by any other name,
   * and by an IP address, it is simply the wrong certificate. `localhost` is right for clients that connect to localhost.
   */
  readonly names: 'subject-alt-names' | 'common-name' | 'wrong' | 'localhost';
}

/** The name of a certificate recipe. */
export type RecipeName =
  | 'good'
  | 'self-signed'
  | 'unknown-issuer'
  | 'wrong-name'
  | 'expired'
  | 'not-yet-valid'
  | 'cn-only'
  | 'localhost-for-ip'
  | 'revoked';

/** The name in a `wrong-name` certificate: the authority may sign it, but no client is ever sent there. */
export const WRONG_NAME = 'wrong.lab.test';

const GOOD = {
  faulty: false,
  signer: 'authority',
  days: [-1 / 24, 7],
  names: 'subject-alt-names',
} as const;

/** Every recipe; a faulty one differs from `good` in one thing only, so that a refusal has one possible reason. */
export const RECIPES: Readonly<Record<RecipeName, CertificateRecipe>> = {
  good: { ...GOOD, title: 'trusted chain, right name, within validity' },
  'self-signed': { ...GOOD, title: 'self-signed certificate', faulty: true, signer: 'itself' },
  'unknown-issuer': { ...GOOD, title: 'certificate of an unknown issuer', faulty: true, signer: 'stranger' },
  'wrong-name': { ...GOOD, title: 'certificate for another name', faulty: true, names: 'wrong' },
  expired: { ...GOOD, title: 'expired certificate', faulty: true, days: [-60, -30] },
  'not-yet-valid': { ...GOOD, title: 'certificate that is not valid yet', faulty: true, days: [30, 60] },
  'cn-only': { ...GOOD, title: 'name only in the common name', faulty: true, policyOnly: true, names: 'common-name' },
  'localhost-for-ip': {
    ...GOOD,
    title: 'certificate for localhost on a connection to an IP address',
    faulty: true,
    names: 'localhost',
  },
  revoked: {
    ...GOOD,
    title: 'certificate that the stapled OCSP response says is revoked',
    faulty: true,
    isRevoked: true,
  },
};

/** The authority's own validity in days from now: it spans every recipe, so that only the leaf is ever out of date. */
export const AUTHORITY_DAYS = [-90, 90] as const;
