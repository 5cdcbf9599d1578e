import { isIP } from 'node:net';

/** A proxy that connects on our behalf. */
export interface ForwardProxy {
  /** `socks5h` and `http` resolve names themselves; to `socks5` addresses are named. */
  readonly kind: 'socks5' | 'socks5h' | 'http';
  readonly host: string;
  readonly port: number;
  readonly login?: { readonly user: string; readonly password: string };
}

/** How connections reach a server. */
export interface Route {
  /** Through this proxy; directly unless given. */
  readonly proxy?: ForwardProxy;
  /** Version of the PROXY protocol whose header is sent first; none unless given. */
  readonly header?: 1 | 2;
  /** Address of this machine to connect from; the system's choice unless given. */
  readonly source?: string;
}

/** Whether names of hosts are left to the proxy, so that their addresses stay unknown here. */
export const resolvesNames = ({ proxy }: Route): boolean => proxy !== undefined && proxy.kind !== 'socks5';

/** Whether an address of a listener is one, and not a name that a proxy resolves. */
export const isAddress = (address: string): boolean => isIP(address.replace(/%.*$/, '')) !== 0;
