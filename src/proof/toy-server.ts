import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ServerFlaw } from '../checks/check.js';
import { Conversation } from '../endpoints/conversation.js';
import { honestInside, honestSettings } from '../endpoints/honest.js';
import { Listener } from '../endpoints/listener.js';
import { Fault } from '../fault.js';
import protocols from '../protocols/index.js';
import { portOf } from '../protocols/port-roles.js';
import type { PortRole } from '../protocols/protocol.js';
import { createAuthority, type Authority, type Credential } from '../tls/certificate-authority.js';
import type { ClientHelloFacts } from '../tls/client-hello.js';
import type { HandmadeCredential } from '../tls/handshake-script.js';
import { records, serverMessages, wholeFlight } from '../tls/server-messages.js';
import { canariesOf } from '../verdict/canaries.js';
import { weakCredential } from './weak-certificate.js';

/** A server of ours, honest but for one flaw, on a free port of loopback. */
export const toyServer = async (
  role: PortRole,
  flaw?: ServerFlaw['server'],
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<Listener> => {
  const usual = portOf(role);
  const spoken = flaw?.speaks?.protocol ?? usual.protocol;
  const mode = flaw?.speaks?.tls ?? usual.tls;
  const protocol = protocols[spoken];
  const canaries = canariesOf('toy server', 1);
  const honest = honestSettings(spoken, canaries, { plaintext: 'refused', relay: !usual.login });
  const settings = flaw?.settings?.(honest) ?? honest;
  const context = await contextFor(flaw);
  const answers = flaw?.answersHello && answersBy(flaw.answersHello, await handmadeCredential());
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
          ...(answers && { answers }),
        }),
        tamper: flaw?.tamper ?? {},
        context: {
          protocol,
          mode,
          ordinal: connection.ordinal,
          portRole: role,
          canaries,
          insideOffer: honestInside(spoken),
          variant: undefined,
        },
        idle: 5000,
        ...(flaw?.staysAfterTls !== true && { endsWithTls: true }),
      }).run(),
  });
};

/** The authority of all toy servers of one process. */
export const toyAuthority = (): Promise<Authority> => (authority ??= createAuthority());

/** What a flaw makes of a hello, as octets. */
const answersBy =
  (answersHello: NonNullable<ServerFlaw['server']['answersHello']>, credential: HandmadeCredential) =>
  (hello: ClientHelloFacts, length: number): Buffer | undefined => {
    const answer = answersHello(hello, length);
    if (answer === undefined || Buffer.isBuffer(answer)) return answer;
    if (answer === 'silence') return Buffer.alloc(0);
    const messages = serverMessages({ hello, ...credential, ...answer });
    if (messages === undefined) throw new Fault('HARNESS_BUG', 'the flaw answers a hello that leaves it no suite');
    return records(HANDSHAKE, messages.version, wholeFlight(messages));
  };

const handmadeCredential = async (): Promise<HandmadeCredential> => {
  const { certPem, keyPem } = await (await toyAuthority()).issue('good', TOY_NAMES, 'rsa');
  return { certificates: [new X509Certificate(certPem).raw], key: createPrivateKey(keyPem) };
};

const contextFor = async (flaw: ServerFlaw['server'] | undefined): Promise<SecureContext> => {
  const certificate = flaw?.certificate ?? 'good';
  const { certPem, keyPem } =
    certificate === 'weak-key' || certificate === 'weak-signature' || certificate === 'guessable-key'
      ? await weakCredential(certificate, TOY_NAMES.dns)
      : certificate === 'another'
        ? await (await toyAuthority()).issue('good', TOY_NAMES, 'rsa')
        : await (await toyAuthority()).issue(certificate, TOY_NAMES);
  const { oldest = 'TLSv1.2', newest = 'TLSv1.3' } = flaw?.versions ?? {};
  return createSecureContext({
    cert: certPem,
    key: keyPem,
    minVersion: oldest,
    maxVersion: newest,
    // On its lowest level of security OpenSSL signs with SHA-1 too, where nothing else is asked for.
    ...(certificate !== 'weak-signature' && { sigalgs: flaw?.signatures ?? GOOD_SIGNATURES }),
    ...(flaw?.groups !== undefined && { ecdhCurve: flaw.groups }),
    ciphers: flaw?.suites ?? 'DEFAULT:@SECLEVEL=0',
  });
};

const TOY_NAMES = { dns: ['localhost'], ip: ['127.0.0.1'] };
const HANDSHAKE = 22;
const GOOD_SIGNATURES =
  'ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512';
/** The certificate of all toy servers without a flaw in it. */
export const toyCredential = async (): Promise<Credential> => (await toyAuthority()).issue('good', TOY_NAMES);

let authority: Promise<Authority> | undefined;
