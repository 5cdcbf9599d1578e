import { CLAIMS, type Claim } from '../knowledge/claims.js';
import { SERVICES, type Service } from '../knowledge/services.js';
import type { GuideClaim, Mode, Setting } from './claim.js';
import { portsOf, startsSo } from './service-ports.js';

/** A setting compared with the table of services: what it gets wrong, and what is right instead. */
export const settingClaim = (given: Setting): GuideClaim => {
  const setting = isForeign(given) ? { ...given, speaks: [] } : given;
  const { line, quote, port, speaks, isUnclear } = setting;
  const found = verdictOn(setting);
  const base = { line, quote, says: settingInWords(setting), setting };
  if (found === 'right') return { ...base, state: 'right', id: 'port', references: referencesOf(port, speaks) };
  // What can be read in another way is not called wrong.
  if (found === 'unknown' || isUnclear === true)
    return { ...base, state: 'not-understood', id: 'port', references: [] };
  return { ...base, state: 'wrong', ...found };
};

/** The page was about another service before: the port tells what it is about now. */
const isForeign = ({ isInherited, speaks, port }: Setting): boolean =>
  isInherited === true && !SERVICES.some((each) => speaks.includes(each.speaks) && portsOf(each).includes(port));

/** `IMAP, port 993, implicit TLS`. */
export const settingInWords = ({ speaks, port, modes, isShared }: Setting): string =>
  [
    ...(speaks.length === 0 ? [] : [speaks.join(isShared === true ? ' and ' : ' or ')]),
    `port ${String(port)}`,
    ...(modes.length === 0 ? [] : [modes.map((mode) => MODE_TITLES[mode]).join(' or ')]),
  ].join(', ');

type Wrong = Pick<GuideClaim, 'id' | 'correction' | 'references'>;

const verdictOn = (setting: Setting): 'right' | 'unknown' | Wrong => {
  const { port, speaks, isShared, modes, host, isForSending } = setting;
  const claim = CLAIMS.find(({ pairs = [] }) => pairs.some(([said, at]) => at === port && speaks.includes(said)));
  if (claim !== undefined) return wrongBy(claim);
  const owners = SERVICES.filter((service) => portsOf(service).includes(port));
  const own = speaks.length === 0 ? owners : owners.filter((service) => speaks.includes(service.speaks));
  if (owners.length === 0) return 'unknown';
  if (own.length === 0 || (isShared === true && speaks.some((said) => !owners.some((each) => each.speaks === said))))
    return {
      id: isShared === true && own.length > 0 ? 'shared-port' : 'port',
      correction: `${String(port)} is ${owners.map(({ name }) => name).join(', ')}; ${speaks.map(portsInWords).join('; ')}`,
      references: [
        ...new Set(
          [...owners, ...SERVICES.filter((each) => speaks.includes(each.speaks))].flatMap((each) => each.references),
        ),
      ],
    };
  if (isForSending === true && port === RELAY) return wrongBy(byId('relay-port-for-users'));
  return modes.length === 0 || modes.some((mode) => own.some((service) => startsSo(service, port, mode)))
    ? 'right'
    : wrongMode(own, port, modes, host);
};

const wrongMode = (own: readonly Service[], port: number, modes: readonly Mode[], host = ''): 'unknown' | Wrong => {
  const [service] = own;
  // Between servers TLS is opportunistic; on this machine nobody listens; of other protocols the table says too little.
  if (service === undefined || own.length > 1 || /^(?:localhost|127\.|::1)/.test(host)) return 'unknown';
  if (modes.includes('none'))
    return port === RELAY || !MAIL.has(service.speaks) ? 'unknown' : wrongBy(byId('login-in-clear'), service, port);
  const { references } = service;
  if (service.implicit.includes(port))
    return {
      id: 'mode',
      correction: `${String(port)} is TLS from the first byte (implicit TLS, in forms “SSL/TLS”); ${service.upgrade ?? 'STARTTLS'} is for ${String(service.clear ?? '')}`,
      references,
    };
  return service.clear === port && service.upgrade !== undefined && UPGRADED.has(service.speaks)
    ? {
        id: 'mode',
        correction: `${String(port)} starts in clear and is upgraded with ${service.upgrade.replace(/,.*/, '')} (in forms “STARTTLS”)${service.implicit.length === 0 ? '' : `; implicit TLS (“SSL/TLS”) is ${service.implicit.join(', ')}`}`,
        references,
      }
    : 'unknown';
};

/** `IMAP is 143 (STARTTLS) or 993 (implicit TLS)`. */
const portsInWords = (speaks: string): string => {
  const services = SERVICES.filter((each) => each.speaks === speaks);
  // Users submit; relay is for servers.
  const shown = services.filter(({ implicit }) => services.length === 1 || implicit.length > 0);
  return `${speaks} is ${shown
    .flatMap(({ clear, upgrade, implicit, apart = [] }) => [
      ...implicit.map((port) => `${String(port)} (implicit TLS)`),
      ...(clear === undefined ? [] : [`${String(clear)} (${upgrade?.replace(/,.*/, '') ?? 'no TLS'})`]),
      ...apart.map(String),
    ])
    .join(' or ')}`;
};

const wrongBy = ({ id, correction, references }: Claim, service?: Service, port?: number): Wrong => ({
  id,
  correction:
    service === undefined || port === undefined
      ? correction
      : `${correction} (${service.implicit.includes(port) ? `${String(port)} is TLS from the first byte` : `on ${String(port)}: ${service.upgrade ?? 'STARTTLS'}`})`,
  references,
});

const byId = (id: string): Claim => {
  const found = CLAIMS.find((claim) => claim.id === id);
  if (found === undefined) throw new Error(`the claim ${id} is not in the table`);
  return found;
};

const referencesOf = (port: number, speaks: readonly string[]): string[] => [
  ...new Set(
    SERVICES.filter(
      (each) => portsOf(each).includes(port) && (speaks.length === 0 || speaks.includes(each.speaks)),
    ).flatMap(({ references }) => references),
  ),
];

const MODE_TITLES: Readonly<Record<Mode, string>> = {
  implicit: 'implicit TLS',
  starttls: 'STARTTLS',
  tls: 'TLS',
  none: 'no encryption',
};
const MAIL: ReadonlySet<string> = new Set(['SMTP', 'IMAP', 'POP3', 'ManageSieve', 'LMTP']);
/** Of these STARTTLS, or what is called so, is the only way on their port in clear. */
const UPGRADED: ReadonlySet<string> = new Set([...MAIL, 'LDAP', 'NNTP', 'XMPP']);
const RELAY = 25;
