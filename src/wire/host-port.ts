/** `mail.lab.test:143`, `[::1]:143`. */
export const hostPort = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
