import { Fault } from '../fault.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import type { ProtocolName } from '../protocols/protocol.js';
import { joinedVersions } from './remedy-versions.js';

/** The software whose remedies the user wants beside those for what a server says it is: one, or all. */
export type WantedRemedies = string;

/** What to change: for the software that the server says it is, else for all that speak its protocol; empty where nothing fits. */
export const remedyFor = (
  remedy: Readonly<Record<string, string>>,
  greeting: readonly string[],
  protocol: ProtocolName,
  wanted?: WantedRemedies,
): Record<string, string> => {
  const banner = greeting.join(' ');
  const shown = SOFTWARE.filter(({ says }) => says.test(banner));
  const isMeant = shown.some((software) => Object.keys(remedy).some((addressee) => softwareOf(addressee) === software));
  const fitting = Object.fromEntries(
    Object.entries(remedy).filter(([addressee]) => {
      if (addressee === OTHER) return !isMeant;
      const software = softwareOf(addressee);
      if (software === undefined || wanted === 'all' || software.name === wanted) return true;
      // Another program's setting is no help to who runs this one.
      if (shown.length > 0) return shown.includes(software);
      return software.isNamed !== true && software.speaks?.includes(protocol) !== false;
    }),
  );
  const { [OTHER]: other, ...own } = joinedVersions(fitting, banner);
  return other === undefined ? own : { 'any server': other, ...own };
};

/** The software that a user names; throws `BAD_USAGE` for a name that is not known. */
export const wantedRemedies = (text: string): WantedRemedies => {
  const names = ['all', ...SOFTWARE.map(({ name }) => name)];
  const found = names.find((name) => name.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new Fault('BAD_USAGE', `unknown software ${JSON.stringify(text)}; known: ${names.join(', ')}`);
};

/** Whose setting it is; undefined for what holds for any server, or stands before it. */
const softwareOf = (addressee: string): Software | undefined =>
  SOFTWARE.find(({ name }) => addressee.toLowerCase().startsWith(name.toLowerCase()));

/** What is shown where the server names no software, or one that this check has no setting of. */
const OTHER = 'any other server';

interface Software {
  /** How remedies for it begin. */
  readonly name: string;
  readonly says: RegExp;
  /** All protocols unless given. */
  readonly speaks?: readonly ProtocolName[];
  /** Its remedies are shown where it tells its name only; `waxseal explain` has them all. */
  readonly isNamed?: true;
}

/** A name of a program; as a part of a host name (citadel.example) it is none. */
const inGreeting = (name: string): RegExp => new RegExp(`(?<![.\\w-])${name}(?![\\w-]*\\.[a-z])\\b`, 'i');

const MAIL_TRANSFER = protocolsWhere(({ inspection }) => inspection.service.kind === 'mail');

/** Software that tells its name in its greeting; OpenSMTPD and others are here so that nobody else's remedies are shown for them. */
const SOFTWARE: readonly Software[] = [
  { name: 'postfix', says: /\bpostfix\b/i, speaks: MAIL_TRANSFER },
  { name: 'dovecot', says: /\bdovecot\b/i },
  { name: 'exim', says: /\bexim\b/i, speaks: MAIL_TRANSFER },
  { name: 'aiosmtpd', says: /\b(?:Python SMTP|aiosmtpd)\b/, speaks: MAIL_TRANSFER },
  { name: 'smtp-server', says: /\b(?:smtp-server|nodemailer)\b/i, isNamed: true },
  { name: 'nginx', says: /^(?:\* OK IMAP4 ready|\+OK POP3 ready|220 \S+ ESMTP ready)/, isNamed: true },
  { name: 'Courier', says: /\bCourier\b|^\+OK Hello there\.?/i, isNamed: true },
  // They say nothing themselves: what greets is the server behind them.
  ...['HAProxy', 'stunnel'].map((name) => ({ name, says: /(?!)/, isNamed: true as const })),
  ...[
    ...['OpenSMTPD', 'Sendmail', 'Cyrus', 'Microsoft', 'hMailServer', 'Zimbra', 'gsmtp', 'James', 'Haraka'],
    ...['Twisted', 'qpsmtpd', 'Perdition', 'dbmail', 'Citadel', 'Stalwart', 'Maddy', 'MDaemon', 'Kerio', 'IceWarp'],
    ...['Domino', 'Axigen', 'CommuniGate', 'MailEnable', 'GroupWise', 'Gimap', 'qmail', 'hoodiecrow'],
  ].map((name) => ({ name, says: inGreeting(name), isNamed: true as const })),
];
