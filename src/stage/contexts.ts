import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Fault } from '../fault.js';
import type { Authority } from '../tls/certificate-authority.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { HandmadeCredential } from '../tls/handshake-script.js';
import type { ServedParameters } from '../tls/served-parameters.js';
import type { EndpointNames } from '../tls/permitted-names.js';
import type { ServerTls } from '../wire/upgrade.js';

/** A chain that takes the place of the session's own certificate. */
export interface Presented {
  readonly context: SecureContext;
  /** Whether a right-minded client may trust it. */
  readonly trusted: boolean;
  /** What it is called in the record. */
  readonly certificate: string;
}

interface ContextOptions {
  readonly handshake: number;
  readonly oldest?: '1.0' | undefined;
  readonly handmade?: boolean;
  readonly namesAskedFor?: true | undefined;
}

/** The same credential in both of its forms. */
interface Handmade extends HandmadeCredential {
  readonly pem: { readonly certPem: string; readonly keyPem: string };
}

/** TLS contexts of one scene, by certificate recipe; they and their ticket keys belong to this scene alone. */
export class Contexts {
  readonly #known: ReadonlyMap<RecipeName, () => ServerTls>;

  readonly #handmade: Handmade | undefined;

  private constructor(known: ReadonlyMap<RecipeName, () => ServerTls>, handmade: Handmade | undefined) {
    this.#known = known;
    this.#handmade = handmade;
  }

  /**
   * Issues every certificate that the scene may present; `handshake` is the milliseconds that one handshake may take,
   * `oldest` the oldest version that is spoken, 1.2 by default;
   * with `handmade` handshakes may be made by hand. A context, which takes a millisecond or two, is made when it is first used.
   */
  static async issue(
    authority: Authority,
    names: EndpointNames,
    recipes: Iterable<RecipeName>,
    { handshake, oldest, handmade, namesAskedFor }: ContextOptions,
  ): Promise<Contexts> {
    const known = new Map<RecipeName, () => ServerTls>();
    for (const recipe of new Set(recipes)) {
      const old = oldest === '1.0';
      const { certPem, keyPem, trusted, staple } = await authority.issue(recipe, names, old ? 'rsa' : undefined);
      let made: ServerTls | undefined;
      known.set(
        recipe,
        () =>
          (made ??= {
            context: contextOf(certPem, keyPem, !trusted, old),
            trusted,
            certificate: recipe,
            timeout: handshake,
            ...(staple && { staple }),
            ...(namesAskedFor === true && { contextFor: byName(authority, recipe, names) }),
          }),
      );
    }
    if (handmade !== true) return new Contexts(known, undefined);
    const { certPem, keyPem } = await authority.issue('good', names, 'rsa');
    return new Contexts(known, {
      certificates: [new X509Certificate(certPem).raw],
      key: createPrivateKey(keyPem),
      pem: { certPem, keyPem },
    });
  }

  /** What handshakes that are made by hand show and sign with. */
  get handmade(): Handmade {
    if (this.#handmade === undefined) throw new Fault('HARNESS_BUG', 'no key was prepared for handshakes made by hand');
    return this.#handmade;
  }

  /** The one context of a scene that presents a chain, whatever recipe is asked for. */
  static presenting(presented: Presented, recipes: Iterable<RecipeName>, handshake: number): Contexts {
    const tls = { ...presented, timeout: handshake };
    return new Contexts(new Map([...recipes].map((recipe) => [recipe, () => tls])), undefined);
  }

  /** The context of a recipe that was issued; with parameters, one that is limited to them. */
  of(recipe: RecipeName, served?: ServedParameters): ServerTls {
    const known = this.#known.get(recipe);
    if (known === undefined) throw new Fault('HARNESS_BUG', `the certificate ${recipe} was not prepared`);
    return served === undefined ? known() : { ...known(), ...this.#limited(served) };
  }

  /** The usual certificate, which an RSA key goes with. */
  #limited({
    asksForCertificate,
    inPieces,
    suites,
    groups,
    ...versions
  }: ServedParameters): Partial<ServerTls> & Pick<ServerTls, 'context'> {
    const { certPem, keyPem } = this.handmade.pem;
    return {
      context: createSecureContext({
        cert: certPem,
        key: keyPem,
        ...versions,
        ...(suites !== undefined && { ciphers: `${suites}:@SECLEVEL=0` }),
        ...(groups !== undefined && { ecdhCurve: groups }),
      }),
      ...(asksForCertificate && { asksForCertificate }),
      ...(inPieces && { inPieces }),
    };
  }
}

/** Contexts by the name that a client asks for: a client behind a forwarding proxy may have resolved it, and gives the proxy an address only. */
const byName = (
  authority: Authority,
  recipe: RecipeName,
  names: EndpointNames,
): NonNullable<ServerTls['contextFor']> => {
  const known = new Map<string, Promise<SecureContext>>();
  return (servername) => {
    const name = servername.toLowerCase();
    if (names.dns.includes(name) || !HOST_NAME.test(name)) return undefined;
    if (!known.has(name) && known.size < MOST_NAMES)
      known.set(
        name,
        authority
          .issue(recipe, { dns: [name], ip: names.ip })
          .then(({ certPem, keyPem, trusted }) => contextOf(certPem, keyPem, !trusted, false)),
      );
    return known.get(name);
  };
};

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const MOST_NAMES = 16;

/** A faulty certificate is never to be forgiven by a ticket: sessions on it cannot be resumed. */
const contextOf = (cert: string, key: string, faulty: boolean, old: boolean): SecureContext =>
  createSecureContext({
    cert,
    key,
    ...(faulty && { secureOptions: constants.SSL_OP_NO_TICKET }),
    // OpenSSL 3 speaks TLS 1.0 and 1.1 at security level 0 only.
    ...(old && { minVersion: 'TLSv1' as const, ciphers: OLD_SUITES, honorCipherOrder: true }),
  });

/**
 * RSA key exchange first: there the server signs nothing. The signatures of TLS 1.0 and 1.1 (MD5 with SHA-1) are refused by
 * a client with OpenSSL 3, which can speak these versions no other way.
 */
const OLD_SUITES = 'AES128-SHA:AES256-SHA:DEFAULT:@SECLEVEL=0';
