import { CLIENTS, SUPPORT } from './support-table.js';

/** A client in its newest version that was tried, and whether it shows something. */
export interface Client {
  readonly family: string;
  readonly platform: string;
  readonly version: string;
  readonly support: 'yes' | 'no' | 'partial';
}

/** Clients that were tried with a feature; none where it is unknown. */
export const supportOf = (slug: string): readonly Client[] => {
  const cells = ROWS.get(slug) ?? '';
  return KNOWN.flatMap(({ family, platform, versions }, column) => {
    const cell = cells.slice(3 * column, 3 * column + 3);
    const support = MEANINGS[cell.charAt(0)];
    const version = versions[Number.parseInt(cell.slice(1), 36)];
    return support === undefined || version === undefined ? [] : [{ family, platform, version, support }];
  });
};

/** Names of clients, by the name that caniemail.com has for them. */
export const FAMILIES: Readonly<Record<string, string>> = {
  aol: 'AOL',
  'apple-mail': 'Apple Mail',
  fastmail: 'Fastmail',
  'free-fr': 'Free.fr',
  gmail: 'Gmail',
  gmx: 'GMX',
  hey: 'HEY',
  'ionos-1and1': '1&1',
  laposte: 'LaPoste.net',
  'mail-ru': 'Mail.ru',
  orange: 'Orange',
  outlook: 'Outlook',
  protonmail: 'ProtonMail',
  rainloop: 'RainLoop',
  'samsung-email': 'Samsung Email',
  sfr: 'SFR',
  't-online-de': 'T-online.de',
  thunderbird: 'Mozilla Thunderbird',
  'web-de': 'WEB.DE',
  'wp-pl': 'WP.pl',
  yahoo: 'Yahoo! Mail',
};

/** Names of what they run on. */
export const PLATFORMS: Readonly<Record<string, string>> = {
  android: 'Android',
  'desktop-webmail': 'Desktop Webmail',
  ios: 'iOS',
  macos: 'macOS',
  'mobile-webmail': 'Mobile Webmail',
  'outlook-com': 'Outlook.com',
  windows: 'Windows',
  'windows-mail': 'Windows Mail',
};

const MEANINGS: Readonly<Record<string, Client['support']>> = { y: 'yes', n: 'no', a: 'partial' };

const lines = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '));

const KNOWN = lines(CLIENTS).map(([client = '', versions = '']) => {
  const [family = '', platform = ''] = client.split('.');
  return { family, platform, versions: versions.split(',') };
});

const ROWS: ReadonlyMap<string, string> = new Map(lines(SUPPORT).map(([slug = '', cells = '']) => [slug, cells]));
