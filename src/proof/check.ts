import { X509Certificate } from 'node:crypto';
import { audit } from '../audit/audit.js';
import type { Report } from '../document/report-model.js';
import type { AuditResult } from '../audit/result.js';
import type { Check, CheckStatus, ServerFlaw } from '../checks/check.js';
import { isOpportunistic } from '../probes/listener.js';
import { portOf, WELL_KNOWN_PORTS, type WellKnownPort } from '../protocols/port-roles.js';
import type { PortRole } from '../protocols/protocol.js';
import type { ExpectedCertificates } from '../tls/expected-certificates.js';
import { inspectCertificate } from '../tls/inspect.js';
import { proofOf, type Proof } from './proof.js';
import { ocspResponse } from '../tls/ocsp-response.js';
import { revocationList, revocationService } from './revocation-service.js';
import { credentialFor, TOY_ACCOUNT, toyAuthority, toyCredential, toyServer } from './toy-server.js';

/** A server with one flaw in one port role, and what the check is to say of it. */
export interface FlawedServer {
  readonly flaw: ServerFlaw;
  readonly expected: CheckStatus;
}

/**
 * Proves a check from both sides, on loopback and without a server of yours: in every port role that it is made for, the honest
 * server is not found fault with, and the server with the check's flaw is.
 */
export const proveCheck = async (check: Check): Promise<Proof> => {
  const outcomes: (string | undefined)[] = [];
  for (const known of WELL_KNOWN_PORTS.filter((each) => appliesTo(check, each))) {
    const [honest] = await auditToy(known, [check]);
    outcomes.push(
      honest === undefined || BAD.has(honest.status)
        ? `${known.role}: the honest server was judged ${honest?.status ?? 'without a result'}: ${honest?.because ?? ''}`
        : undefined,
    );
    for (const { flaw, expected } of flawedServers(check, known)) {
      const [result] = await auditToy(known, [check], flaw.server);
      outcomes.push(
        result?.status === expected
          ? undefined
          : `${known.role}: the server that ${flaw.name} was judged ${result?.status ?? 'without a result'} instead of ${expected}: ${result?.because ?? ''}`,
      );
    }
  }
  return proofOf(outcomes);
};

/** The check is made for this port role. */
export const appliesTo = ({ protocols, modes }: Check, { protocol, tls }: WellKnownPort): boolean =>
  (protocols?.includes(protocol) ?? true) && (modes?.includes(tls) ?? true);

/** The servers of this port role that the check must find. */
export const flawedServers = (check: Check, known: WellKnownPort): readonly FlawedServer[] =>
  (Array.isArray(check.flaw) ? (check.flaw as readonly ServerFlaw[]) : [check.flaw as ServerFlaw])
    .filter(
      ({ roles, protocols, modes }) =>
        (protocols?.includes(known.protocol) ?? true) &&
        (modes?.includes(known.tls) ?? true) &&
        (roles?.includes(known.role) ?? true),
    )
    .map((flaw) => ({ flaw, expected: expectedOf(check, flaw, known) }));

/** On a relay port a failure is what the check says of relays. */
const expectedOf = ({ relay }: Check, { then = 'fail', onRelay }: ServerFlaw, known: WellKnownPort): CheckStatus =>
  isOpportunistic(known) ? (onRelay ?? (then === 'fail' ? (relay?.status ?? then) : then)) : then;

/** What the checks say of a server of ours, honest but for the flaw. */
export const auditToy = async (
  { role }: WellKnownPort,
  checks: readonly Check[],
  flaw?: ServerFlaw['server'],
): Promise<readonly AuditResult[]> => {
  const told: Record<string, Buffer> = {};
  await using service = flaw?.told === undefined ? undefined : await revocationService(() => told);
  const urls = service === undefined ? {} : { ocsp: `${service.url}/ocsp`, crl: `${service.url}/list` };
  if (flaw?.told !== undefined) {
    const { certPem, keyPem } = await credentialFor(flaw.certificate ?? 'revocable', urls);
    told['/ocsp'] = ocspResponse(certPem, keyPem, { status: flaw.told });
    told['/list'] = revocationList(certPem, keyPem, { status: flaw.told });
  }
  await using server = await toyServer(role, flaw, undefined, urls);
  const other = flaw?.otherDoor && otherDoorOf(role);
  await using otherServer = other && (await toyServer(other, otherDoorFlaw(flaw)));
  const { pem } = await toyAuthority();
  const targets = [`${role}://localhost:${String(server.port)}`];
  if (other !== undefined && otherServer !== undefined)
    targets.push(`${other}://localhost:${String(otherServer.port)}`);
  if (flaw?.askedByAddress === true) targets.push(`${role}://127.0.0.1:${String(server.port)}`);
  await using beside = flaw?.beside === true ? await toyServer(role) : undefined;
  if (beside !== undefined) targets.push(`${role}://localhost:${String(beside.port)}`);
  const { faults, results } = await audit(targets, {
    checks,
    ...(checks.some(({ comparesReports }) => comparesReports === true) && {
      earlier: await reportOfHonest(role, server.port),
    }),
    family: 4,
    authorities: [pem],
    depth: 'full',
    loginAttempts: 10,
    parallel: 8,
    maxConnections: 400,
    patience: { hint: 150, greeting: 3000, quiet: 120, handshake: 3000 },
    ...(checks.some(({ needsAccount }) => needsAccount === true) && { account: TOY_ACCOUNT }),
    revocation: checks.some(({ asksThirdParties }) => asksThirdParties === true),
    ...(checks.some(({ expectsCertificate }) => expectsCertificate === true) && { expected: await expectedOfToys() }),
  });
  if (faults.length > 0)
    throw new Error(
      `the audit of a server of our own met faults: ${faults.map(({ fault }) => fault.message).join('; ')}`,
    );
  return results.filter(({ portRole, port }) => portRole === role && port === server.port);
};

/** What an earlier audit said of an honest server on this port. */
const reportOfHonest = async (role: PortRole, port: number): Promise<Report> => {
  await using honest = await toyServer(role);
  const { pem } = await toyAuthority();
  const { report } = await audit([`${role}://localhost:${String(honest.port)}`], {
    family: 4,
    authorities: [pem],
    depth: 'quick',
    patience: { hint: 150, greeting: 3000, quiet: 120, handshake: 3000 },
  });
  const earlier = report();
  return { ...earlier, results: earlier.results.map((result) => ({ ...result, port })) };
};

const expectedOfToys = async (): Promise<ExpectedCertificates> => {
  const { certPem } = await toyCredential();
  const leaf = inspectCertificate(new X509Certificate(certPem).raw);
  if (leaf === undefined) throw new Error('the certificate of the toy servers cannot be read');
  return { onDisk: [{ path: '/etc/ssl/mail.pem', leaf }], pins: [] };
};

/** The role of the same protocol's port where TLS starts in the other way. */
const otherDoorOf = (role: PortRole): PortRole | undefined => {
  const { protocol, tls } = portOf(role);
  return WELL_KNOWN_PORTS.find((each) => each.protocol === protocol && each.tls !== tls && each.login)?.role;
};

const otherDoorFlaw = ({ otherDoor }: ServerFlaw['server']): ServerFlaw['server'] => ({
  ...otherDoor,
  ...(otherDoor?.demandsAlpn === true && { refusesHello: ({ alpn }) => alpn.length === 0 }),
});

const BAD: ReadonlySet<AuditResult['status']> = new Set(['fail', 'warn', 'inconclusive']);
