import { isIP } from 'node:net';
import { Fault } from '../fault.js';

/** Reads `ADDRESS:PORT` or `ADDRESS`, for any free port; throws `BAD_USAGE`. */
export const listenOf = (text: string): { host: string; port: number } => {
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const number = Number(port ?? 0);
  if (host === undefined || number > 65_535 || isIP(host) === 0)
    throw new Fault(
      'BAD_USAGE',
      `--listen needs an IP address of this machine, and a port if it is to be a certain one, not ${JSON.stringify(text)}; examples: 127.0.0.1:1143, [::1]:1143, 192.0.2.10`,
    );
  return { host, port: number };
};
