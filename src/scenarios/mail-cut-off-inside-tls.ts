import { cutOff, type TamperRule } from '../endpoints/tamper.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { leaks, type Evidence } from '../verdict/evidence.js';
import { isProof, judgeBy, type Judge } from '../verdict/judgement.js';
import type { Reading } from '../verdict/reading.js';
import { outcome, unseenReport } from '../verdict/told.js';
import type { Visit } from '../verdict/visit.js';
import { commandOf } from './rules.js';
import { defineScenario } from './scenario.js';

/** Half of what was asked for, and the end of TCP: TLS has not said that it ends. */
const cut: TamperRule = ({ inside, unit }, next) =>
  inside && RETRIEVES.test(commandOf(unit)?.verb ?? '')
    ? [...next((mail) => mail.subarray(0, Math.floor(mail.length / 2))), cutOff]
    : next();

const RETRIEVES = /^(UID )?FETCH$|^UID$|^RETR$|^TOP$/;

const isCutOff = ({ connection }: Reading): boolean => firstCut(connection.entries) !== -1;

const firstCut = (entries: Reading['connection']['entries']): number =>
  entries.findIndex((entry) => entry.kind === 'note' && entry.what === 'hung-up' && entry.by === 'scenario');

/** It said that all went well. */
const reportedSuccess = (visit: Visit, read: readonly Reading[]): Evidence[] => {
  const cut = read.findLast(isCutOff);
  if (cut === undefined || outcome(visit.client) !== 'success') return [];
  if (visit.control?.passed !== true || visit.withheld?.failed !== true) return [];
  return [
    {
      leak: 'trust',
      cause: 'broken-stream',
      connection: cut.connection.id,
      entry: firstCut(cut.connection.entries),
      quote: '…',
      why: 'reported success although the mail that it had asked for was cut off',
    },
  ];
};

const judgeReport = judgeBy((visit, read) => [...leaks(visit, read), ...reportedSuccess(visit, read)], {
  bait: (_visit, read) => (read.some(isCutOff) ? undefined : { notApplicable: 'it fetches no mail' }),
  doubts: (visit) =>
    unseenReport(visit) ??
    (visit.client.idle === true
      ? 'waxseal ended the client when it was idle, so that it reported nothing: whether it took half a mail for the whole is on its screen only'
      : undefined) ??
    (outcome(visit.client) === 'success'
      ? 'the client reports success where its login is refused, too (control-refused), so its report says nothing'
      : undefined),
  safely: () => 'reported failure when the mail that it had asked for was cut off',
});

const judge: Judge = (visit) => {
  const judgement = judgeReport(visit);
  // Half a mail is lost: nothing is given away by it.
  if (isProof(judgement) && judgement.evidence.every(({ cause }) => cause === 'broken-stream'))
    return { ...judgement, severity: 'medium' };
  return judgement;
};

export default defineScenario({
  id: 'mail-cut-off-inside-tls',
  family: 'inside-tls',
  title: 'The connection ends in the middle of a mail, without the end of TLS',
  attack: 'sends half of the mail that the client asks for, and ends TCP without ending TLS (no close_notify)',
  why: 'TLS says when it ends, so that nobody on the path can cut off what the server says. A client that takes half a mail for the whole loses the rest of it, and may delete it on the server.',
  references: ['RFC 8446 §6.1', 'RFC 5246 §7.2.1', 'RFC 8314 §3.4'],
  cwe: ['CWE-345', 'CWE-354'],
  protocols: protocolsWhere(
    ({ mailWithoutLogin, speaksFirstAfterUpgrade }) => !mailWithoutLogin && !speaksFirstAfterUpgrade,
  ),
  modes: ['starttls', 'implicit'],
  extra: 'more',
  plaintext: 'refused',
  comparesWith: 'control-refused',
  tamper: { mailbox: cut, message: cut },
  judge,
  flaw: {
    name: 'takes what arrived for the whole mail',
    client: { takesSegmentForReply: true },
    habits: { prefers: 'PLAIN' },
  },
  covers: ['tls-truncate'],
});
