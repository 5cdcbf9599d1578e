import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Fault } from '../fault.js';
import type { Redirection } from '../serving/any-server.js';

/** Where to listen, of `--socks [ADDRESS:]PORT`: loopback by default. Throws `BAD_USAGE`. */
export const socksListenOf = (text: string): { readonly host?: string; readonly port: number } => {
  const [, bracketed, name, port] = /^(?:(?:\[([^\]]+)\]|([^:\s]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const number = Number(port ?? NaN);
  if (!(number <= LAST_PORT) || (host !== undefined && isIP(host) === 0))
    throw new Fault(
      'BAD_USAGE',
      `--socks needs a port, or an IP address of this machine and a port, not ${JSON.stringify(text)}; examples: 1080, 192.0.2.10:1080, [::1]:1080`,
    );
  return { port: number, ...(host !== undefined && { host }) };
};

/** A redirection, of `--connect-to HOST1:PORT1:HOST2:PORT2` as curl has it: what is empty fits any, or stays. Throws `BAD_USAGE`. */
export const redirectionOf = (text: string): Redirection => {
  const parts = /^(\[[^\]]*\]|[^:]*):(\d{0,5}):(\[[^\]]*\]|[^:]*):(\d{0,5})$/.exec(text)?.slice(1);
  const ports = [parts?.[1], parts?.[3]].filter((port) => port !== undefined && port !== '').map(Number);
  if (parts === undefined || ports.some((port) => port < 1 || port > LAST_PORT))
    throw new Fault(
      'BAD_USAGE',
      `--connect-to needs HOST1:PORT1:HOST2:PORT2, not ${JSON.stringify(text)}; example: mail.example.org:993:127.0.0.1:1993`,
    );
  const [host1 = '', port1 = '', host2 = '', port2 = ''] = parts;
  const place = (host: string, port: string): Redirection['from'] => ({
    ...(host !== '' && { host: hostIn(host) }),
    ...(port !== '' && { port: Number(port) }),
  });
  return { from: place(host1, port1), to: place(host2, port2) };
};

const hostIn = (text: string): string => {
  const host = text.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return isIP(host) === 6 ? ipaddr.parse(host).toString() : host;
};

const LAST_PORT = 65_535;
