import { createHash, X509Certificate } from 'node:crypto';
import protocols from '../protocols/index.js';
import { portOf } from '../protocols/port-roles.js';
import type { PortRole, Protocol, TlsMode } from '../protocols/protocol.js';
import { PKCS12_PASSWORD } from '../tls/pkcs12.js';
import { hostPort } from '../wire/host-port.js';

/** An account at a server, as clients are set up for it; without a password the client's user is asked. */
export interface SetupAccount {
  readonly portRole: PortRole;
  readonly tls: TlsMode;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  /** Mail address. */
  readonly from: string;
}

/** What clients need in order to be set up. */
export interface Setup {
  /** The CA, as PEM and as PKCS#12. */
  readonly ca: { readonly pem: string; pkcs12(): Buffer };
  readonly accounts: readonly SetupAccount[];
}

/** One file for a client. */
export interface SetupDocument {
  readonly path: string;
  readonly type: string;
  readonly title: string;
  readonly body: string | Buffer;
}

/** The CA in several forms, and settings in the forms that mail clients read by themselves. */
export const setupDocuments = ({ ca, accounts }: Setup): SetupDocument[] => {
  const der = new X509Certificate(ca.pem).raw;
  const autoconfig = mozillaAutoconfig(accounts);
  const documents: SetupDocument[] = [
    {
      path: '/ca.crt',
      type: 'application/x-x509-ca-cert',
      title: 'CA certificate (DER): Android, iOS, Windows',
      body: der,
    },
    { path: '/ca.pem', type: 'application/x-pem-file', title: 'CA certificate (PEM)', body: ca.pem },
    {
      path: '/ca.p12',
      type: 'application/x-pkcs12',
      title: `CA certificate (PKCS#12, password ${PKCS12_PASSWORD}): Java`,
      body: ca.pkcs12(),
    },
    {
      path: '/waxseal.mobileconfig',
      type: 'application/x-apple-aspen-config',
      title: 'Profile with CA and accounts: iOS, macOS',
      body: appleProfile(der, accounts),
    },
    {
      path: '/network_security_config.xml',
      type: 'application/xml',
      title: 'Network security configuration for an Android app, with ca.pem as res/raw/waxseal_ca',
      body: ANDROID,
    },
    {
      path: '/mail/config-v1.1.xml',
      type: 'application/xml',
      title: 'Account settings: Thunderbird and others (Mozilla autoconfig)',
      body: autoconfig,
    },
    { path: WELL_KNOWN_AUTOCONFIG, type: 'application/xml', title: '', body: autoconfig },
  ];
  return [{ path: '/', type: 'text/html; charset=utf-8', title: '', body: page(documents) }, ...documents];
};

const page = (documents: readonly SetupDocument[]): string => `<!doctype html>
<html lang="en"><meta name="viewport" content="width=device-width"><title>waxseal</title>
<h1>waxseal: set up a mail client</h1>
<p>This CA is for tests only. Remove it from the device afterwards.</p>
<ul>
${documents
  .filter(({ title }) => title !== '')
  .map(({ path, title }) => `<li><a href="${path}">${text(title)}</a></li>`)
  .join('\n')}
</ul>
</html>
`;

/** Mozilla's format, version 1.1, which several clients read. */
const mozillaAutoconfig = (accounts: readonly SetupAccount[]): string => `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="waxseal">
    <domain>${text(domainOf(accounts))}</domain>
    <displayName>waxseal</displayName>
${accounts
  .filter(isMail)
  .map((account) => {
    const kind = isOutgoing(account) ? 'outgoingServer' : 'incomingServer';
    return `    <${kind} type="${protocolOf(account)}">
      <hostname>${text(account.host)}</hostname>
      <port>${String(account.port)}</port>
      <socketType>${account.tls === 'starttls' ? 'STARTTLS' : 'SSL'}</socketType>
      <authentication>password-cleartext</authentication>
      <username>${text(account.user)}</username>
    </${kind}>`;
  })
  .join('\n')}
  </emailProvider>
</clientConfig>
`;

/** A configuration profile: the CA, and a mail account for each server that mail is read from, with a server to send by. */
const appleProfile = (der: Buffer, accounts: readonly SetupAccount[]): string => {
  const id = createHash('sha256').update(der).digest();
  const uuid = (name: string): string =>
    createHash('sha256')
      .update(id)
      .update(name)
      .digest('hex')
      .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
      .toUpperCase();
  const outgoing = accounts.filter((account) => isMail(account) && isOutgoing(account));
  const mails = accounts
    .filter((account) => isMail(account) && !isOutgoing(account))
    .map((incoming) => {
      const sender = outgoing.find(({ tls }) => tls === incoming.tls) ?? outgoing[0];
      const name = `${incoming.portRole} ${hostPort(incoming.host, incoming.port)}`;
      return dictionary({
        PayloadType: 'com.apple.mail.managed',
        PayloadVersion: 1,
        PayloadIdentifier: `waxseal.${incoming.portRole}.${String(incoming.port)}`,
        PayloadUUID: uuid(name),
        PayloadDisplayName: name,
        EmailAccountDescription: `waxseal ${name}`,
        EmailAccountType: appleType(incoming),
        EmailAddress: incoming.from,
        ...serverKeys('Incoming', incoming),
        ...(sender && serverKeys('Outgoing', sender)),
      });
    });
  const root = dictionary({
    PayloadType: 'com.apple.security.root',
    PayloadVersion: 1,
    PayloadIdentifier: 'waxseal.ca',
    PayloadUUID: uuid('ca'),
    PayloadDisplayName: 'waxseal CA',
    PayloadContent: der,
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>waxseal</string>
<key>PayloadUUID</key><string>${uuid('profile')}</string>
<key>PayloadDisplayName</key><string>waxseal: CA and accounts for tests</string>
<key>PayloadContent</key><array>
${[root, ...mails].join('\n')}
</array>
</dict></plist>
`;
};

const serverKeys = (
  side: 'Incoming' | 'Outgoing',
  account: SetupAccount,
): Record<string, string | number | boolean> => ({
  [`${side}MailServerAuthentication`]: 'EmailAuthPassword',
  [`${side}MailServerHostName`]: account.host,
  [`${side}MailServerPortNumber`]: account.port,
  [`${side}MailServerUseSSL`]: true,
  [`${side}MailServerUsername`]: account.user,
  ...(account.password !== undefined && { [`${side}Password`]: account.password }),
});

const dictionary = (entries: Readonly<Record<string, string | number | boolean | Buffer>>): string =>
  `<dict>\n${Object.entries(entries)
    .map(([key, value]) => `<key>${key}</key>${propertyOf(value)}`)
    .join('\n')}\n</dict>`;

const propertyOf = (value: string | number | boolean | Buffer): string => {
  if (typeof value === 'string') return `<string>${text(value)}</string>`;
  if (typeof value === 'number') return `<integer>${String(value)}</integer>`;
  return typeof value === 'boolean' ? `<${String(value)}/>` : `<data>${value.toString('base64')}</data>`;
};

const protocolOf = ({ portRole }: SetupAccount): keyof typeof protocols => portOf(portRole).protocol;

const accountOf = (account: SetupAccount): Protocol['mailAccount'] => protocols[protocolOf(account)].mailAccount;

/** Clients that are set up by these documents read mail, or send it. */
const isMail = (account: SetupAccount): boolean => accountOf(account) !== undefined;

const isOutgoing = (account: SetupAccount): boolean => accountOf(account) === 'outgoing';

/** Apple's name of an account to read mail from. */
const appleType = (account: SetupAccount): string => {
  const half = accountOf(account);
  return typeof half === 'object' ? `EmailType${half.incoming}` : '';
};

const domainOf = ([first]: readonly SetupAccount[]): string => first?.from.split('@')[1] ?? 'lab.test';

const text = (value: string): string =>
  value.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`).replace(/[^\x20-\x7e]/g, '?');

const WELL_KNOWN_AUTOCONFIG = '/.well-known/autoconfig/mail/config-v1.1.xml';

const ANDROID = `<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
  <base-config cleartextTrafficPermitted="false">
    <trust-anchors>
      <certificates src="system" />
      <certificates src="@raw/waxseal_ca" />
    </trust-anchors>
  </base-config>
</network-security-config>
`;
