import { PROTOCOL_NAMES } from '../protocols/names.js';
import type { FileServer } from '../domain-checks/facts.js';

/** The servers of Mozilla’s autoconfig format, version 1.1; undefined where it is no such file. */
export const autoconfigIn = (text: string): FileServer[] | undefined => {
  if (!text.includes('<clientConfig')) return undefined;
  return blocks(text, /<(incomingServer|outgoingServer)\b([^>]*)>/g).map(({ attributes, body }) => ({
    protocol: /\btype="([^"]{1,20})"/.exec(attributes)?.[1] ?? 'unknown',
    host: (fieldOf(body, 'hostname') ?? '').toLowerCase(),
    port: portIn(fieldOf(body, 'port')),
    encryption: SOCKET_TYPES.get((fieldOf(body, 'socketType') ?? '').toLowerCase()) ?? 'unknown',
  }));
};

/** The mail servers of Exchange’s autodiscover format for plain accounts ([MS-OXDSCLI]); undefined where it is no such file. */
export const autodiscoverIn = (text: string): FileServer[] | undefined => {
  if (!text.includes('<Autodiscover')) return undefined;
  return blocks(text, /<(Protocol)\b([^>]*)>/g)
    .map(({ body }) => ({
      protocol: (fieldOf(body, 'Type') ?? 'unknown').toLowerCase(),
      host: (fieldOf(body, 'Server') ?? '').toLowerCase(),
      port: portIn(fieldOf(body, 'Port')),
      encryption: encryptionIn(body),
    }))
    .filter(({ protocol }) => MAIL.has(protocol));
};

/** `Encryption` goes before `SSL`, which is on by default. */
const encryptionIn = (body: string): FileServer['encryption'] => {
  const encryption = fieldOf(body, 'Encryption')?.toLowerCase();
  if (encryption !== undefined && encryption !== 'auto') return ENCRYPTIONS.get(encryption) ?? 'unknown';
  return fieldOf(body, 'SSL')?.toLowerCase() === 'off' ? 'none' : 'implicit';
};

interface Block {
  readonly attributes: string;
  readonly body: string;
}

/** Elements with their text, as far as the page goes; nothing nests in itself here. */
const blocks = (text: string, opening: RegExp): Block[] =>
  [...text.replace(/<!--[^]*?-->/g, '').matchAll(opening)].slice(0, MOST_SERVERS).map((match) => {
    const [whole, name = '', attributes = ''] = match;
    const rest = match.input.slice(match.index + whole.length);
    const end = rest.indexOf(`</${name}>`);
    return { attributes, body: end < 0 ? rest : rest.slice(0, end) };
  });

const fieldOf = (body: string, name: string): string | undefined => {
  const start = body.indexOf(`<${name}>`);
  const end = start < 0 ? -1 : body.indexOf(`</${name}>`, start);
  return end < 0
    ? undefined
    : body
        .slice(start + name.length + 2, end)
        .trim()
        .slice(0, MOST_FIELD);
};

const portIn = (text = ''): number => (/^\d{1,5}$/.test(text) ? Number(text) : 0);

const SOCKET_TYPES: ReadonlyMap<string, FileServer['encryption']> = new Map([
  ['ssl', 'implicit'],
  ['starttls', 'starttls'],
  ['plain', 'none'],
]);
const ENCRYPTIONS: ReadonlyMap<string, FileServer['encryption']> = new Map([
  ['ssl', 'implicit'],
  ['tls', 'starttls'],
  ['none', 'none'],
]);
const MAIL: ReadonlySet<string> = new Set(PROTOCOL_NAMES);
const MOST_SERVERS = 50;
const MOST_FIELD = 255;
