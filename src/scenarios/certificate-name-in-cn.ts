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
    because: 'a name that stands in the common name only was accepted: RFC 7817 permits it, RFC 9525 does not',
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
  title: 'The certificate’s name stands in the common name only',
  attack: 'presents a certificate whose host name is in the common name only',
  why: 'Common names are free text with rules of their own; RFC 9525 ended their use for host names, RFC 7817 still permits it to mail clients.',
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
