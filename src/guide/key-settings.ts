import type { Mode, Setting } from './claim.js';
import { portNumber } from './numbers.js';

/** Accounts in Thunderbird’s preferences (prefs.js, user.js), or in Outlook’s: .prf and registry files; undefined where it is none of them. */
export const keySettings = (text: string): Setting[] | undefined => {
  if (/^\s*(?:user_pref|pref|lockPref|defaultPref)\(\s*["']mail\./m.test(text)) return thunderbird(text);
  return /^\s*"?(?:IMAP|POP3|SMTP) ?Port"?\s*=/im.test(text) ? outlook(text) : undefined;
};

interface Value {
  readonly text: string;
  readonly line: number;
}

const thunderbird = (text: string): Setting[] => {
  const servers = new Map<string, Map<string, Value>>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, server, key, value] =
      /^\s*(?:user_pref|pref|lockPref|defaultPref)\(\s*["'](mail\.(?:server|smtpserver)\.[\w-]{1,40})\.([\w-]{1,40})["']\s*,\s*["']?([^"')]{0,255})["']?\s*\)/.exec(
        line.slice(0, LONGEST_LINE),
      ) ?? [];
    if (server === undefined || key === undefined || value === undefined) continue;
    const fields = servers.get(server) ?? new Map<string, Value>();
    fields.set(key, { text: value.trim(), line: index + 1 });
    servers.set(server, fields);
  }
  return [...servers].flatMap(([name, fields]) => {
    const isForSending = name.startsWith('mail.smtpserver.');
    const type = isForSending ? 'SMTP' : (fields.get('type')?.text ?? '').toUpperCase();
    return entry(type, fields.get('hostname')?.text, fields.get('port'), {
      mode: SOCKET_TYPES.get((fields.get('try_ssl') ?? fields.get('socketType'))?.text ?? ''),
      isForSending,
    });
  });
};

const outlook = (text: string): Setting[] => {
  const sections = [new Map<string, Value>()];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*\[/.test(line)) sections.push(new Map<string, Value>());
    const [, key, value] = /^\s*"?([A-Za-z0-9 ]{1,40}?)"?\s*=\s*"?([^"\r\n]{0,255})/.exec(line) ?? [];
    if (key !== undefined && value !== undefined)
      sections.at(-1)?.set(key.replaceAll(' ', '').toLowerCase(), { text: value.trim(), line: index + 1 });
  }
  return sections.flatMap((fields) =>
    OUTLOOK.flatMap((type) => {
      const key = type.toLowerCase();
      const port = fields.get(`${key}port`);
      const secure = numberIn(fields.get(`${key}secureconnection`)?.text);
      const ssl = numberIn(fields.get(`${key}usessl`)?.text);
      const number = numberIn(port?.text);
      return entry(type, fields.get(`${key}server`)?.text, port && { ...port, text: String(number ?? '') }, {
        mode: SECURE.get(secure ?? -1) ?? (ssl === 0 ? 'none' : ssl === undefined ? undefined : 'tls'),
        isForSending: type === 'SMTP',
      });
    }),
  );
};

const entry = (
  type: string,
  host: string | undefined,
  port: Value | undefined,
  { mode, isForSending }: { readonly mode: Mode | undefined; readonly isForSending: boolean },
): Setting[] => {
  const number = portNumber(port?.text);
  if (number === undefined || port === undefined || !OUTLOOK.includes(type)) return [];
  return [
    {
      line: port.line,
      quote: [type, host, `port ${port.text}`, mode].filter((each) => each !== undefined).join(' '),
      speaks: [type],
      port: number,
      modes: mode === undefined ? [] : [mode],
      ...(host !== undefined && host !== '' && { host: host.toLowerCase() }),
      ...(isForSending && { isForSending: true as const }),
    },
  ];
};

/** Decimal, `0x…` or `dword:…`. */
const numberIn = (text = ''): number | undefined => {
  const [, dword, hex, decimal] = /^(?:dword:([\da-f]{1,8})|0x([\da-f]{1,8})|(\d{1,9}))$/i.exec(text) ?? [];
  if (decimal !== undefined) return Number(decimal);
  const digits = dword ?? hex;
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
};

/** 1 once meant STARTTLS if it is offered. */
const SOCKET_TYPES: ReadonlyMap<string, Mode> = new Map([
  ['0', 'none'],
  ['1', 'starttls'],
  ['2', 'starttls'],
  ['3', 'implicit'],
]);
const SECURE: ReadonlyMap<number, Mode> = new Map([
  [0, 'none'],
  [1, 'implicit'],
  [2, 'starttls'],
  [3, 'tls'],
]);
/** As the keys of both programs name them. */
const OUTLOOK: readonly string[] = ['IMAP', 'POP3', 'SMTP'];
const LONGEST_LINE = 2000;
