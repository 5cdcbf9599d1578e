import { constants, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { OddCertificate, ServerFlaw, WeakCertificate } from '../checks/check.js';
import { Conversation } from '../endpoints/conversation.js';
import { honestInside, honestSettings } from '../endpoints/honest.js';
import { Listener } from '../endpoints/listener.js';
import { hangUp, type Tamper } from '../endpoints/tamper.js';
import { Fault } from '../fault.js';
import protocols from '../protocols/index.js';
import { portOf } from '../protocols/port-roles.js';
import type { PortRole } from '../protocols/protocol.js';
import { createAuthority, type Authority, type Credential } from '../tls/certificate-authority.js';
import { RECIPES, type RecipeName } from '../tls/certificate-recipes.js';
import type { ClientHelloFacts } from '../tls/client-hello.js';
import type { HandmadeCredential } from '../tls/handshake-script.js';
import { records, serverMessages, wholeFlight } from '../tls/server-messages.js';
import { canariesOf } from '../verdict/canaries.js';
import type { ServerTls } from '../wire/upgrade.js';
import { withEarlyData } from './early-data-tickets.js';
import { ocspResponse } from '../tls/ocsp-response.js';
import { weakCredential, type StatusUrls } from './weak-certificate.js';

/** A server of ours, honest but for one flaw, on a free port of loopback. */
export const toyServer = async (
  role: PortRole,
  flaw?: ServerFlaw['server'],
  host: '127.0.0.1' | '::1' = '127.0.0.1',
  urls: StatusUrls = {},
): Promise<Listener> => {
  const usual = portOf(role);
  const spoken = flaw?.speaks?.protocol ?? usual.protocol;
  const mode = flaw?.speaks?.tls ?? usual.tls;
  const protocol = protocols[spoken];
  const canaries = TOY_ACCOUNT;
  const honest = honestSettings(spoken, canaries, { plaintext: 'refused', relay: !usual.login });
  const settings = flaw?.settings?.(honest) ?? honest;
  const context = await contextFor(flaw, urls);
  const handmade = flaw?.answersHello && {
    answersHello: flaw.answersHello,
    credential: await handmadeCredential(),
  };
  const { certPem, keyPem } = await credentialFor(flaw?.certificate ?? 'good', urls);
  const staple =
    flaw?.staple === undefined
      ? undefined
      : ocspResponse(certPem, keyPem, {
          status: flaw.staple === 'revoked' ? 'revoked' : 'good',
          ...(flaw.staple === 'stale' && { days: [-9, -2] }),
        });
  const { unnamed, ...whenNamed } = flaw ?? {};
  const named = unnamed && (await contextFor(whenNamed, urls));
  return Listener.open({
    host,
    port: 0,
    clock: () => performance.now(),
    serve: (connection) =>
      new Conversation({
        wire: connection.wire,
        protocol,
        answerer: protocol.server(settings),
        tls: () => ({
          context,
          trusted: true,
          timeout: 5000,
          ...(flaw?.refusesHello && { refuses: flaw.refusesHello }),
          ...(handmade && answersBy(handmade.answersHello, flaw.answersMore, handmade.credential)),
          ...(flaw?.asksForCertificate && { asksForCertificate: true }),
          ...(flaw?.alpn && { alpn: flaw.alpn }),
          ...(staple && { staple }),
          ...(flaw?.offersEarlyData && { outgoing: withEarlyData }),
          ...(named && {
            contextFor: (name: string) => (TOY_NAMES.dns.includes(name) ? Promise.resolve(named) : undefined),
          }),
        }),
        tamper: flaw?.tamper ?? REFUSES_BROWSERS,
        context: {
          protocol,
          mode,
          ordinal: connection.ordinal,
          place: connection.ordinal,
          portRole: role,
          canaries,
          insideOffer: honestInside(spoken),
          variant: undefined,
        },
        idle: 5000,
        ...(flaw?.dropsPipelined && { dropsPipelined: true }),
        ...(flaw?.staysAfterTls !== true && { endsWithTls: true }),
      }).run(),
  });
};

/** The account that every toy server knows. */
export const TOY_ACCOUNT = canariesOf('toy server', 1);

/** A browser is not talked to, as Postfix does not. */
const REFUSES_BROWSERS: Tamper = {
  other: ({ unit }, next) =>
    unit !== undefined && /^(?:GET|POST|CONNECT) /.test(unit.raw.toString('latin1')) ? [hangUp] : next(),
};

/** The authority of all toy servers of one process. */
export const toyAuthority = (): Promise<Authority> => (authority ??= createAuthority());

/** What a flaw makes of a hello, and of what follows it, as octets. */
const answersBy = (
  answersHello: NonNullable<ServerFlaw['server']['answersHello']>,
  answersMore: ServerFlaw['server']['answersMore'],
  credential: HandmadeCredential,
): Pick<ServerTls, 'answers' | 'answersMore'> => {
  let answered: ClientHelloFacts | undefined;
  return {
    answers: (hello, length) => {
      const answer = answersHello(hello, length);
      if (answer !== undefined) answered = hello;
      if (answer === undefined || Buffer.isBuffer(answer)) return answer;
      if (answer === 'silence') return Buffer.alloc(0);
      const messages = serverMessages({ hello, ...credential, ...answer });
      if (messages === undefined) throw new Fault('HARNESS_BUG', 'the flaw answers a hello that leaves it no suite');
      return records(HANDSHAKE, messages.version, wholeFlight(messages));
    },
    ...(answersMore && {
      answersMore: (bytes) => answered && answersMore(bytes, answered, credential.key),
    }),
  };
};

const handmadeCredential = async (): Promise<HandmadeCredential> => {
  const { certPem, keyPem } = await (await toyAuthority()).issue('good', TOY_NAMES, 'rsa');
  return { certificates: [new X509Certificate(certPem).raw], key: createPrivateKey(keyPem) };
};

const contextFor = async (flaw: ServerFlaw['server'] | undefined, urls: StatusUrls): Promise<SecureContext> => {
  const certificate = flaw?.unnamed ?? flaw?.certificate ?? 'good';
  const first = await credentialFor(certificate, urls);
  const second = flaw?.second && (await (await toyAuthority()).issue(flaw.second, TOY_NAMES, 'rsa'));
  const stranger = flaw?.sendsStranger === true ? (await createAuthority()).pem : '';
  const { oldest = 'TLSv1.2', newest = 'TLSv1.3' } = flaw?.versions ?? {};
  return createSecureContext({
    cert: second === undefined ? first.certPem + stranger : [first.certPem, second.certPem],
    key: second === undefined ? first.keyPem : [first.keyPem, second.keyPem],
    minVersion: oldest,
    maxVersion: newest,
    // On its lowest level of security OpenSSL signs with SHA-1 too, where nothing else is asked for.
    ...(certificate !== 'weak-signature' && { sigalgs: flaw?.signatures ?? GOOD_SIGNATURES }),
    ...(flaw?.groups !== undefined && { ecdhCurve: flaw.groups }),
    ciphers: flaw?.suites ?? 'DEFAULT:@SECLEVEL=0',
    secureOptions:
      (flaw?.renegotiates === true ? 0 : constants.SSL_OP_NO_RENEGOTIATION) |
      (flaw?.givesNoSessions === true ? constants.SSL_OP_NO_TICKET : 0),
    ...(flaw?.sessionLifetime !== undefined && { sessionTimeout: flaw.sessionLifetime }),
    ...(flaw?.sharesTicketKeys && { ticketKeys: SHARED_TICKET_KEYS }),
  });
};

/** The certificate of a toy server and its key; one that can be revoked tells where, by these URLs. */
export const credentialFor = async (
  certificate: NonNullable<ServerFlaw['server']['certificate']>,
  urls: StatusUrls = {},
): Promise<Pick<Credential, 'certPem' | 'keyPem'>> => {
  if (certificate === 'another') return (await toyAuthority()).issue('good', TOY_NAMES, 'rsa');
  if (certificate in RECIPES) return (await toyAuthority()).issue(certificate as RecipeName, TOY_NAMES);
  const kind = certificate as WeakCertificate | OddCertificate;
  const key = `${kind} ${urls.ocsp ?? ''} ${urls.crl ?? ''}`;
  const known = ODD.get(key) ?? weakCredential(kind, TOY_NAMES.dns, urls);
  ODD.set(key, known);
  return known;
};

const ODD = new Map<string, ReturnType<typeof weakCredential>>();

const TOY_NAMES = { dns: ['localhost'], ip: ['127.0.0.1'] };
const HANDSHAKE = 22;
const SHARED_TICKET_KEYS = randomBytes(48);
const GOOD_SIGNATURES =
  'ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512';
/** The certificate of all toy servers without a flaw in it. */
export const toyCredential = async (): Promise<Credential> => (await toyAuthority()).issue('good', TOY_NAMES);

let authority: Promise<Authority> | undefined;
