import { leaks } from '../verdict/evidence.js';
import { judgeBy, listNeverRead } from '../verdict/judgement.js';
import { fallsBackToPlaintext } from './flaws.js';
import { withoutUpgrade } from './rules.js';
import { defineScenario } from './scenario.js';

export default defineScenario({
  id: 'starttls-hidden',
  family: 'strip',
  title: 'STARTTLS works, but is not listed',
  attack: 'removes STARTTLS from greeting and capability list; still accepts the command',
  why: 'Only the list was changed. A client that sends STARTTLS anyway gets TLS; a client that goes by the list must stop.',
  references: ['RFC 3207 §6', 'RFC 8314 §5.2'],
  cwe: ['CWE-757', 'CWE-319'],
  modes: ['starttls'],
  tamper: { greeting: withoutUpgrade, capabilities: withoutUpgrade },
  judge: judgeBy((visit, read) => leaks(visit, read), { bait: listNeverRead }),
  flaw: fallsBackToPlaintext,
  covers: ['strip-caps-omit-blind'],
});
