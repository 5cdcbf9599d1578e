import type { TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { leaks, mailboxInClear } from '../verdict/evidence.js';
import { judgeBy } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { refusingUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

const demanding: TamperRule = ({ protocol, insideOffer: { logins }, inside }, next) =>
  inside
    ? next()
    : next((honest) =>
        protocol.rewriteOffer(honest, {
          upgrade: false,
          logins,
          loginDisabled: false,
          addExtensions: protocol.forgeries.demanded ?? [],
        }),
      );

export default defineScenario({
  id: 'extensions-demanded-before-tls',
  family: 'strip',
  title: 'The capability list demands an extension, and offers no TLS',
  attack: 'lists an extension that the client must enable first, and no STARTTLS',
  why: 'UTF8=ONLY demands that the client sends ENABLE before anything else. A client that complies must still start TLS first.',
  references: ['RFC 6855 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  protocols: protocolsWhere(({ forgeries }) => forgeries.demanded !== undefined),
  modes: ['starttls'],
  extra: 'more',
  tamper: { greeting: demanding, capabilities: demanding, starttls: refusingUpgrade },
  judge: judgeBy((visit, read) => [...leaks(visit, read), ...mailboxInClear(read)]),
  flaw: fallsBackToPlaintext,
  covers: ['strip-utf8only'],
});
