import { hasCommonName, hasRightChain, hasRightName } from '../toys/verification.js';
import type { Evidence } from '../verdict/evidence.js';
import { secretsStayInsideTls, type Judge } from '../verdict/judgement.js';
import type { Visit } from '../verdict/visit.js';
import { defineScenario } from './scenario.js';

/**
 * RFC 7817 §3 permits what RFC 9525 §2 forbids, so that accepting the name is a choice and no defect: `downgradable`, low, under
 * either policy. Whatever leaks outside TLS is judged as ever.
 */
const judge: Judge = (visit) => {
  const judgement = secretsStayInsideTls(visit);
  if (judgement.status !== 'unsafe' && judgement.status !== 'downgradable') return judgement;
  if (!judgement.evidence.every((each) => isInsideTls(visit, each))) return judgement;
  return {
    ...judgement,
    status: 'downgradable',
    severity: 'low',
    leaked: ['trust'],
    because:
      'a certificate was accepted whose host name is in the common name only: RFC 7817 permits this, RFC 9525 does not',
  };
};

/** A user name counts as metadata on either side of TLS. */
const isInsideTls = ({ connections }: Visit, { cause, connection, entry }: Evidence): boolean => {
  if (cause !== 'metadata') return cause === 'unverified';
  const place = connections.find(({ id }) => id === connection)?.entries[entry];
  return place?.kind === 'bytes' && place.inside;
};

export default defineScenario({
  id: 'certificate-name-in-cn',
  family: 'certificate',
  title: 'The certificate has its host name in the common name only',
  attack: 'presents a certificate whose host name is in the common name only',
  why: 'A common name is free text; it need not be a host name. RFC 9525 forbids clients to take the host name from it, RFC 7817 still permits this to mail clients.',
  references: ['RFC 7817 §3', 'RFC 9525 §2'],
  cwe: ['CWE-297'],
  modes: ['starttls', 'implicit'],
  certificate: 'cn-only',
  tamper: {},
  judge,
  flaw: {
    name: 'reads names from the common name',
    client: {
      acceptsPeer: (peer, name) => hasRightChain(peer) && (hasRightName(peer, name) || hasCommonName(peer, name)),
    },
  },
  worst: 'downgradable',
  covers: ['cert-cn-only'],
});
