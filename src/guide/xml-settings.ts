import type { Mode, Setting } from './claim.js';
import { portNumber } from './numbers.js';
import { SPOKEN } from './spoken.js';
import { allNamed, fieldOf, xmlTree, type XmlElement } from './xml-tree.js';

/** The servers of Mozilla’s autoconfig, Outlook’s autodiscover or an Apple profile; undefined where it is none of them. */
export const xmlSettings = (xml: string): Setting[] | undefined => {
  if (!/<(?:clientConfig|Autodiscover|plist)\b/.test(xml)) return undefined;
  const root = xmlTree(xml);
  if (allNamed(root, 'clientConfig').length > 0) return autoconfig(root);
  if (allNamed(root, 'Autodiscover').length > 0) return autodiscover(root);
  return allNamed(root, 'plist').length > 0 ? appleProfile(root) : undefined;
};

/** Mozilla’s format, version 1.1. */
const autoconfig = (root: XmlElement): Setting[] =>
  allNamed(root, 'incomingServer', 'outgoingServer').flatMap((server) =>
    setting(server, {
      speaks: server.attributes['type'] ?? '',
      host: fieldOf(server, 'hostname')?.text,
      port: fieldOf(server, 'port'),
      mode: SOCKET_TYPES.get((fieldOf(server, 'socketType')?.text ?? '').toLowerCase()),
      quote: [fieldOf(server, 'hostname')?.text, fieldOf(server, 'port')?.text, fieldOf(server, 'socketType')?.text],
      isForSending: server.name === 'outgoingServer',
    }),
  );

/** Plain accounts of Exchange’s format ([MS-OXDSCLI]). */
const autodiscover = (root: XmlElement): Setting[] =>
  allNamed(root, 'Protocol').flatMap((server) => {
    const encryption = fieldOf(server, 'Encryption')?.text.toLowerCase();
    const ssl = fieldOf(server, 'SSL')?.text.toLowerCase();
    const speaks = fieldOf(server, 'Type')?.text ?? server.attributes['Type'] ?? '';
    return setting(server, {
      speaks,
      host: fieldOf(server, 'Server')?.text,
      port: fieldOf(server, 'Port'),
      // `Encryption` goes before `SSL`, which says that there is TLS, not how it starts.
      mode:
        encryption === undefined || encryption === 'auto'
          ? ssl === 'off'
            ? 'none'
            : 'tls'
          : ENCRYPTIONS.get(encryption),
      quote: [
        fieldOf(server, 'Server')?.text,
        fieldOf(server, 'Port')?.text,
        encryption ?? (ssl === undefined ? undefined : `SSL ${ssl}`),
      ],
      isForSending: SENDING.test(speaks),
    });
  });

/** Accounts of a configuration profile: `com.apple.mail.managed`. */
const appleProfile = (root: XmlElement): Setting[] =>
  allNamed(root, 'dict').flatMap((dictionary) => {
    const value = (key: string): XmlElement | undefined => {
      const at = dictionary.children.findIndex((child) => child.name === 'key' && child.text.trim() === key);
      return at < 0 ? undefined : dictionary.children[at + 1];
    };
    return (['Incoming', 'Outgoing'] as const).flatMap((way) => {
      const port = value(`${way}MailServerPortNumber`);
      if (port === undefined) return [];
      const ssl = value(`${way}MailServerUseSSL`)?.name;
      const host = value(`${way}MailServerHostName`)?.text.trim();
      return setting(port, {
        speaks:
          way === 'Outgoing'
            ? 'SMTP'
            : (value('EmailAccountType')
                ?.text.trim()
                .replace(/^EmailType/, '') ?? ''),
        host,
        port: { text: port.text.trim(), line: port.line },
        // TLS starts as the port wants it.
        mode: ssl === 'false' ? 'none' : ssl === 'true' ? 'tls' : undefined,
        quote: [host, port.text.trim(), ssl === undefined ? undefined : `UseSSL ${ssl}`],
        isForSending: way === 'Outgoing',
      });
    });
  });

interface Fields {
  readonly speaks: string;
  readonly host: string | undefined;
  readonly port: { readonly text: string; readonly line: number } | undefined;
  readonly mode: Mode | undefined;
  readonly quote: readonly (string | undefined)[];
  readonly isForSending: boolean;
}

const setting = ({ line }: XmlElement, { speaks, host, port, mode, quote, isForSending }: Fields): Setting[] => {
  const number = portNumber(port?.text);
  const known = SPOKEN.find((each) => each.toLowerCase() === speaks.trim().toLowerCase().replace(/^pop$/, '$&3'));
  if (number === undefined || known === undefined) return [];
  return [
    {
      line: port?.line ?? line,
      quote: [speaks, ...quote].filter((each) => each !== undefined && each !== '').join(' '),
      speaks: [known],
      port: number,
      modes: mode === undefined ? [] : [mode],
      ...(host !== undefined && host !== '' && { host: host.toLowerCase() }),
      ...(isForSending && { isForSending: true as const }),
    },
  ];
};

const SOCKET_TYPES: ReadonlyMap<string, Mode> = new Map([
  ['ssl', 'implicit'],
  ['starttls', 'starttls'],
  ['plain', 'none'],
]);
const ENCRYPTIONS: ReadonlyMap<string, Mode> = new Map([
  ['ssl', 'implicit'],
  ['tls', 'starttls'],
  ['none', 'none'],
]);
const SENDING = /^smtp$/i;
