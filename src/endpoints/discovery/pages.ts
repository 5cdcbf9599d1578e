import type { Surroundings, ToldServer } from './discovery.js';
import type { WebRequest, WebResponse } from './web-conversation.js';

/** Which web server of the scene was asked: the domain's, or the stranger's. */
export interface WebPlace {
  readonly scheme: 'http' | 'https';
  readonly whose: 'domain' | 'stranger';
}

/** What a web server of the scene answers. */
export const pageFor = (request: WebRequest, place: WebPlace, around: Surroundings): WebResponse => {
  const path = request.path.replace(/\?.*$/s, '').toLowerCase();
  const page = pageAt(path, request, around);
  if (page === undefined) return { status: '404 Not Found', body: '' };
  const elsewhere = redirection(request, place, around);
  if (elsewhere !== undefined) return { status: '302 Found', headers: { Location: elsewhere }, body: '' };
  const isStrange = place.whose === 'stranger' || place.scheme === 'http';
  if (around.asksLogin && isStrange && request.headers.get('authorization') === undefined)
    return { status: '401 Unauthorized', headers: { 'WWW-Authenticate': 'Basic realm="mail"' }, body: '' };
  return { status: '200 OK', headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body: page };
};

const pageAt = (path: string, request: WebRequest, { domain, told, user }: Surroundings): string | undefined => {
  if (AUTOCONFIG.has(path)) return told.file && autoconfig(told.file, domain, user);
  if (path === AUTODISCOVER) return told.exchange && autodiscover(told.exchange, user, request);
  return undefined;
};

const redirection = (
  { path, headers }: WebRequest,
  { scheme, whose }: WebPlace,
  { web, domain, stranger }: Surroundings,
): string | undefined => {
  if (whose === 'stranger') return undefined;
  const host = (headers.get('host') ?? domain).replace(/:\d+$/, '');
  if (web === 'https') return scheme === 'http' ? `https://${host}${path}` : undefined;
  if (web !== 'redirected') return undefined;
  return scheme === 'https' ? `http://${host}${path}` : `https://${stranger.host}${path}`;
};

/** Mozilla's format, version 1.1. */
const autoconfig = ({ protocol, takesMail, host, port, tls }: ToldServer, domain: string, user: string): string => {
  const kind = takesMail ? 'outgoingServer' : 'incomingServer';
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${domain}">
    <domain>${domain}</domain>
    <displayName>${domain}</displayName>
    <${kind} type="${protocol}">
      <hostname>${host}</hostname>
      <port>${String(port)}</port>
      <socketType>${{ implicit: 'SSL', starttls: 'STARTTLS', none: 'plain' }[tls]}</socketType>
      <authentication>password-cleartext</authentication>
      <username>${user}</username>
    </${kind}>
  </emailProvider>
</clientConfig>
`;
};

/** Exchange's format for plain mail accounts ([MS-OXDSCLI]). */
const autodiscover = ({ protocol, host, port, tls }: ToldServer, user: string, request: WebRequest): string => {
  const [, schema = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'] =
    /<AcceptableResponseSchema>\s*(http:\/\/schemas\.microsoft\.com\/[\w/.]+)\s*</.exec(request.body) ?? [];
  const encryption = { implicit: 'SSL', starttls: 'TLS', none: 'None' }[tls];
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="${schema}">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
      <Protocol>
        <Type>${protocol.toUpperCase()}</Type>
        <Server>${host}</Server>
        <Port>${String(port)}</Port>
        <LoginName>${user}</LoginName>
        <SPA>off</SPA>
        <SSL>${tls === 'implicit' ? 'on' : 'off'}</SSL>
        <Encryption>${encryption}</Encryption>
        <AuthRequired>on</AuthRequired>
      </Protocol>
    </Account>
  </Response>
</Autodiscover>
`;
};

const AUTOCONFIG: ReadonlySet<string> = new Set([
  '/mail/config-v1.1.xml',
  '/.well-known/autoconfig/mail/config-v1.1.xml',
]);
const AUTODISCOVER = '/autodiscover/autodiscover.xml';
