import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { Fault } from '../fault.js';
import type { PortRole } from '../protocols/protocol.js';
import { ALL_PROTOCOLS, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';

/** What a user names: a host, a host with a port, or a URL with a scheme. */
export interface Target {
  /** As it was written. */
  readonly text: string;
  /** Lower case, ASCII, without brackets. */
  readonly host: string;
  readonly port?: number;
  /** The scheme, which is a port role. */
  readonly role?: PortRole;
}

/** Reads one target; throws the Fault `BAD_USAGE` that says what is wrong with it. */
export const parseTarget = (text: string): Target => {
  const url = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/.exec(text);
  if (url === null) return { text, ...hostAndPort(text, text) };
  const [, scheme = '', authority = '', rest = ''] = url;
  const role = roleOf(scheme.toLowerCase());
  if (role === undefined)
    throw bad(text, `unsupported scheme ${scheme}${nearMiss(scheme.toLowerCase())}; supported: ${SCHEMES.join(', ')}`);
  if (authority.includes('@')) throw bad(text, 'an account is never part of a target; remove everything up to the @');
  if (rest !== '' && rest !== '/') throw bad(text, `remove ${rest}: a target ends with its host or port`);
  return { text, role, ...hostAndPort(authority, text) };
};

/** A line of a list that could not be read. */
export interface BadLine {
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly fault: Fault;
}

/** What a list holds: what could be read, in its order, and the lines that could not. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly bad: readonly BadLine[];
}

/** Reads a list of targets, one a line; empty lines and comments, from a `#` on, do not count. */
export const parseTargets = (list: string): Listed<Target> => listed(list, parseTarget);

/** Reads a list of host names, one a line, as `parseTargets` does; in lower case and ASCII. */
export const parseNames = (list: string): Listed<string> =>
  listed(list, (text) => {
    const { host, port, role } = parseTarget(text);
    if (port !== undefined || role !== undefined || isIP(host) !== 0)
      throw new Fault(
        'BAD_USAGE',
        `invalid name ${JSON.stringify(withoutPassword(text))}: a name alone is expected, such as mail.example.org`,
      );
    return host;
  });

const listed = <T>(list: string, parse: (text: string) => T): Listed<T> => {
  const items: T[] = [];
  const bad: BadLine[] = [];
  for (const [index, line] of list
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const text = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (text === '') continue;
    try {
      items.push(parse(text));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      bad.push({ line: index + 1, fault: error });
    }
  }
  return { items, bad };
};

/** The schemes of targets. */
export const SCHEMES: readonly string[] = ALL_PROTOCOLS.flatMap(({ ports }) =>
  ports.flatMap(({ role, aliases = [] }) => [role, ...aliases]).sort(),
);

const hostAndPort = (authority: string, text: string): { host: string; port?: number } => {
  if (authority.includes('@'))
    throw bad(text, 'that is a mail address; name the mail server, such as mail.example.org');
  if (isIPv6(authority)) return { host: authority.toLowerCase() };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  if (bracketed !== null) {
    const [, address = '', port] = bracketed;
    if (!isIPv6(address)) throw bad(text, `[${address}] is not an IPv6 address`);
    return { host: address.toLowerCase(), ...portOf(port, text) };
  }
  const parts = authority.split(':');
  if (parts.length > 2) throw bad(text, 'too many colons; an IPv6 address with a port is written [::1]:143');
  const [name = '', port] = parts;
  return { host: hostName(name, text), ...portOf(port, text) };
};

const hostName = (name: string, text: string): string => {
  if (name === '') throw bad(text, 'the host is missing');
  if (isIP(name) !== 0) return name;
  const ascii = domainToASCII(name.replace(/\.$/, ''));
  const isName =
    ascii !== '' &&
    ascii.length <= 253 &&
    ascii.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (!isName) throw bad(text, `${JSON.stringify(name)} is neither a host name nor an address`);
  return ascii;
};

const portOf = (port: string | undefined, text: string): { port?: number } => {
  if (port === undefined) return {};
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535)
    throw bad(text, `${JSON.stringify(port)} is not a port; ports are numbers from 1 to 65535`);
  return { port: number };
};

const roleOf = (scheme: string): PortRole | undefined =>
  WELL_KNOWN_PORTS.find(({ role, aliases = [] }) => role === scheme || aliases.includes(scheme))?.role;

const nearMiss = (scheme: string): string => {
  const meant =
    WELL_KNOWN_PORTS.find(({ mistakes = [] }) => mistakes.includes(scheme))?.role ??
    SCHEMES.find((known) => distance(known, scheme) <= 1);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
};

/** Number of letters to change, insert or delete. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of a.split('').entries()) {
    const next = [index + 1];
    for (let at = 1; at <= b.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (letter === b[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

const bad = (text: string, what: string): Fault =>
  new Fault('BAD_USAGE', `invalid target ${JSON.stringify(withoutPassword(text))}: ${what}`);

/** Messages end up in logs, where an account that was given by mistake must not. */
const withoutPassword = (text: string): string => text.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?[^/]*@/, '$1…@');
