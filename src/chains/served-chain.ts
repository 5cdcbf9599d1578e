import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { certificatePem, keyPem } from './pem.js';
import type { Chain } from './chain.js';

/** A chain as an endpoint presents it. */
export interface ServedChain {
  readonly context: SecureContext;
  /** What the client is to trust, PEM. */
  readonly roots: string;
}

/** A context that presents the chain, or why it cannot be presented, in words. */
export const servedChain = (chain: Chain): ServedChain | { readonly notApplicable: string } => {
  if (chain.key === undefined) return { notApplicable: 'the suite has no private key for its leaf' };
  try {
    return {
      context: createSecureContext({
        cert: chain.certificates.map(certificatePem).join(''),
        key: keyPem(chain.key),
        // What is weak is for the client to refuse: the server's own library must not.
        ciphers: 'DEFAULT:@SECLEVEL=0',
        minVersion: 'TLSv1.2',
        secureOptions: constants.SSL_OP_NO_TICKET,
      }),
      roots: chain.roots.map(certificatePem).join(''),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { notApplicable: `OpenSSL cannot serve it: ${why.replace(/^error:\w+:/, '').slice(0, 120)}` };
  }
};
