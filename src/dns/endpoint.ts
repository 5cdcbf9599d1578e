import { isIP } from 'node:net';
import { Fault } from '../fault.js';

/** Where a resolver listens. */
export interface DnsEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Reads `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`; throws `BAD_USAGE`. */
export const endpointOf = (text: string): DnsEndpoint => {
  const [, bracketed, plain = '', port = '53'] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (isIP(host.replace(/%.*$/, '')) === 0 || Number(port) < 1 || Number(port) > 65_535)
    throw new Fault(
      'BAD_USAGE',
      `${JSON.stringify(text)} is no resolver; name an address, such as 127.0.0.1 or [::1]:5353`,
    );
  return { host, port: Number(port) };
};
