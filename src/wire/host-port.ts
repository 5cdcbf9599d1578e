/** `mail.lab.test:143`, `[::1]:143`. */
export const hostPort = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

/** The host of a peer as `hostPort` writes it. */
export const withoutPort = (peer: string): string => peer.replace(/:\d+$/, '');
