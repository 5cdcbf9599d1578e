import { createSecureContext, type SecureContext } from 'node:tls';

/** The context of a client that trusts this CA alone. The last one is kept: a session has one CA, and a context takes milliseconds. */
export const trusting = (ca: string): SecureContext => {
  if (lastTrusted?.ca !== ca)
    lastTrusted = { ca, context: createSecureContext({ ca, ciphers: 'DEFAULT:@SECLEVEL=2' }) };
  return lastTrusted.context;
};
/** The same of a client that knows TLS 1.1 at most. */
export const offeringOldTls = (ca: string): SecureContext =>
  createSecureContext({ ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
let lastTrusted: { readonly ca: string; readonly context: SecureContext } | undefined;
