import { leaks } from '../verdict/evidence.js';
import { judgeBy, type Judge } from '../verdict/judgement.js';
import { defineScenario } from './scenario.js';

/** Only a client that asks for the status was told of it; to ask is a matter of policy (RFC 5280 §6.3). */
const judge: Judge = (visit) => {
  const judgement = judgeSecrets(visit);
  const hellos = visit.connections.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === 'boundary' && entry.hello !== undefined ? [entry.hello] : [])),
  );
  const isTold = hellos.length === 0 || hellos.some(({ asksForStatus }) => asksForStatus === true);
  const isOther = judgement.evidence.some(({ cause }) => cause !== 'unverified');
  return isTold || isOther
    ? judgement
    : {
        status: 'not-applicable',
        because: 'the client does not ask whether the certificate is revoked (status_request)',
        leaked: [],
        evidence: [],
      };
};

const judgeSecrets = judgeBy((visit, read) => leaks(visit, read), { atMost: 'high' });

export default defineScenario({
  id: 'certificate-status-revoked',
  family: 'certificate',
  title: 'The certificate is revoked, and the server says so itself',
  attack: 'presents a certificate together with an OCSP response, signed by its authority, that says it is revoked',
  why: 'A certificate is revoked when its key was stolen, because the thief can then pose as the server. A client that asks for the status and gets it must look at it.',
  references: ['RFC 6066 §8', 'RFC 8446 §4.4.2.1', 'RFC 6960 §2.2'],
  cwe: ['CWE-299'],
  modes: ['starttls', 'implicit'],
  extra: 'more',
  certificate: 'revoked',
  tamper: {},
  judge,
  flaw: {
    name: 'asks whether the certificate is revoked, and ignores the answer',
    client: { overlooksRevocation: true },
  },
  covers: ['cert-revoked-staple'],
});
