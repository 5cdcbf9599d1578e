import { foreignSessions, resumption, shortSessionId, type ResumptionTrial } from '../probes/resumption.js';
import { defineCheck, fail, info, notApplicable, pass } from './check.js';
import { upToTls12 } from './flaws.js';
import { oneOfEachKind, rolesWithTwoDoors, usersPort } from './subjects.js';

export default [
  defineCheck({
    id: 'session-not-resumed',
    title: 'TLS sessions can be resumed',
    why: 'A phone that asks for new mail every minute makes a whole handshake each time if its session cannot be resumed.',
    references: ['RFC 8446 §2.2', 'RFC 5077', 'RFC 9325 §3.4'],
    severity: 'info',
    intrusiveness: 'passive',
    depth: 'full',
    needs: { resumption },
    judge: ({ resumption: trials }) => {
      const resumed = trials.filter((trial) => trial.resumed);
      const [first] = resumed.length > 0 ? resumed : trials;
      const proof = first && { text: `${first.version}, by ${first.by}`, at: first.at };
      if (resumed.length > 0) return pass(`sessions are resumed (${resumed.map(inWords).join(', ')})`, { proof });
      return trials.length === 0
        ? info('the server gives out no session that can be resumed')
        : info(
            `the server gives out sessions (${trials.map(inWords).join(', ')}), and resumes none, not even at once`,
            { proof },
          );
    },
    remedy: {
      postfix: 'smtpd_tls_session_cache_timeout above 0 (the default is 3600s)',
      'any server': 'tickets switched on, with keys that all processes of the service share',
    },
    byHand: { openssl: '-tls1_2 -reconnect' },
    flaw: { name: 'gives out no sessions', server: { givesNoSessions: true }, then: 'info', roles: oneOfEachKind },
    covers: ['srv-tls-resume-id', 'srv-tls-resume-ticket', 'srv-tls-resume-psk'],
    examples: [
      { given: { resumption: [{ version: 'TLSv1.3', by: 'ticket', resumed: true }] }, then: 'pass' },
      { given: { resumption: [{ version: 'TLSv1.2', by: 'id', resumed: false }] }, then: 'info' },
      { given: { resumption: [] }, then: 'info' },
    ],
  }),
  defineCheck({
    id: 'ticket-lifetime-too-long',
    title: 'Session tickets can be used for seven days at most',
    why: 'An attacker who gets the ticket key can decrypt every session that was resumed with one of its tickets, in spite of forward secrecy. The longer tickets are valid, the more sessions these are.',
    references: ['RFC 8446 §4.6.1', 'RFC 9325 §3.4'],
    cwe: ['CWE-613'],
    severity: 'low',
    relay: { status: 'info' },
    intrusiveness: 'passive',
    depth: 'full',
    needs: { resumption },
    judge: ({ resumption: trials }) => {
      const told = trials.filter(({ lifetime }) => lifetime !== undefined);
      const [long] = told.filter(({ lifetime = 0 }) => lifetime > MOST);
      const inWords = told.map(({ version, lifetime = 0 }) => `${version}: ${String(lifetime)} s`).join(', ');
      if (long !== undefined)
        return fail(`a ticket can be used for more than seven days (${inWords})`, {
          proof: { text: inWords, at: long.at },
        });
      const [first] = told;
      return first === undefined
        ? notApplicable('the server gives no tickets, or does not say how long they can be used')
        : pass(`tickets can be used for less than seven days (${inWords})`, { proof: { text: inWords, at: first.at } });
    },
    remedy: {
      postfix: 'smtpd_tls_session_cache_timeout = 3600s (the default)',
      'any server': 'a session lifetime of one day or less',
    },
    byHand: 'not with common tools',
    flaw: { name: 'gives tickets for ten days', server: { sessionLifetime: 864_000 }, roles: oneOfEachKind },
    covers: ['srv-tls-resume-ticket', 'srv-tls-resume-psk'],
    examples: [
      { given: { resumption: [{ version: 'TLSv1.3', lifetime: 7200 }] }, then: 'pass' },
      { given: { resumption: [{ version: 'TLSv1.3', lifetime: 604_800 }] }, then: 'pass' },
      { given: { resumption: [{ version: 'TLSv1.3', lifetime: 604_801 }] }, on: usersPort, then: 'fail' },
      { given: { resumption: [{ version: 'TLSv1.2' }] }, then: 'not-applicable' },
    ],
  }),
  defineCheck({
    id: 'early-data-offered',
    title: 'No early data (0-RTT) is offered',
    why: 'An attacker can send recorded early data again, and the server would execute it twice. Mail commands are not safe to repeat.',
    references: ['RFC 8446 §8', 'RFC 9325 §3.6'],
    cwe: ['CWE-294'],
    severity: 'low',
    relay: { status: 'info' },
    intrusiveness: 'passive',
    depth: 'full',
    needs: { resumption },
    judge: ({ resumption: trials }) => {
      const trial = trials.find(({ version }) => version === 'TLSv1.3');
      if (trial === undefined) return notApplicable('no session of TLS 1.3 is given out');
      const { earlyData, at } = trial;
      return earlyData > 0
        ? fail(
            `tickets invite the client to send ${String(earlyData)} bytes of early data; whether they are taken was not tried`,
            {
              proof: { text: `max_early_data_size ${String(earlyData)}`, at },
            },
          )
        : pass('tickets do not invite the client to send early data', { proof: { text: 'no early_data', at } });
    },
    remedy: {
      'any server':
        'in the TLS proxy in front of it (HAProxy: allow-0rtt, nginx: ssl_early_data) no early data for mail',
    },
    byHand: 'not with common tools',
    flaw: { name: 'offers early data', server: { offersEarlyData: true }, roles: oneOfEachKind },
    covers: ['srv-tls-0rtt'],
    examples: [
      { given: { resumption: [{ version: 'TLSv1.3', earlyData: 0 }] }, then: 'pass' },
      { given: { resumption: [{ version: 'TLSv1.3', earlyData: 16_384 }] }, on: usersPort, then: 'fail' },
      { given: { resumption: [{ version: 'TLSv1.2', earlyData: 0 }] }, then: 'not-applicable' },
    ],
  }),
  defineCheck({
    id: 'session-resumed-elsewhere',
    title: 'A session of one service is not resumed by another with another certificate',
    why: 'Services that share the keys of their tickets resume each other’s sessions without showing a certificate: what a client was shown by one of them counts for the other, and an attacker on the path can swap them.',
    references: ['RFC 8446 §4.2.11', 'RFC 9325 §3.4', 'RFC 7627 §5.1'],
    cwe: ['CWE-295'],
    severity: 'medium',
    relay: { status: 'warn' },
    intrusiveness: 'passive',
    depth: 'full',
    needs: { sessions: foreignSessions },
    judge: ({ sessions }) => {
      const resumed = sessions.filter((trial) => trial.resumed);
      const [worst] = resumed.filter(({ isSameCertificate }) => !isSameCertificate);
      const [first] = worst === undefined ? resumed : [worst];
      const proof = first && { text: `${first.version}, a session of ${first.from}`, at: first.at };
      if (worst !== undefined)
        return fail(`a session of ${worst.from}, which has another certificate, is resumed here`, { proof });
      return first === undefined
        ? pass(`sessions of other services are not resumed (${sessions.map(({ from }) => from).join(', ')})`)
        : info(
            `sessions of ${resumed.map(({ from }) => from).join(', ')}, with the same certificate, are resumed here`,
            {
              proof,
            },
          );
    },
    remedy: { 'any server': 'separate ticket keys for each service, or one certificate for all of them' },
    byHand: 'not with common tools',
    flaw: {
      name: 'shares the keys of its tickets with a service that has another certificate',
      server: { sharesTicketKeys: true, otherDoor: { certificate: 'another', sharesTicketKeys: true } },
      roles: rolesWithTwoDoors,
    },
    covers: ['srv-tls-ticket-key-reuse'],
    examples: [
      { given: { sessions: [{ from: 'h:993', resumed: false, isSameCertificate: true }] }, then: 'pass' },
      { given: { sessions: [{ from: 'h:993', resumed: true, isSameCertificate: true }] }, then: 'info' },
      {
        given: {
          sessions: [
            { from: 'h:993', resumed: true, isSameCertificate: true },
            { from: 'h:465', resumed: true, isSameCertificate: false },
          ],
        },
        on: usersPort,
        then: 'fail',
      },
    ],
  }),
  defineCheck({
    id: 'ticketbleed',
    title: 'The server returns a session id as it was sent, without further bytes',
    why: 'BIG-IP devices sent up to 31 bytes of their memory back to a client that offered a ticket with a short session id (Ticketbleed).',
    references: ['RFC 5077 §3.4'],
    cve: ['CVE-2016-9244'],
    cwe: ['CWE-200'],
    severity: 'high',
    intrusiveness: 'intrusive',
    depth: 'full',
    logLines: 'a handshake that is not finished',
    needs: { id: shortSessionId },
    judge: ({ id: { sent, echoed, at } }) => {
      if (echoed === undefined) return notApplicable('the server does not resume a session by the ticket that it gave');
      const proof = at && { text: `session id of ${String(echoed)} octets`, at };
      return echoed > sent
        ? fail(`a session id of ${String(sent)} octets comes back with ${String(echoed)}`, { proof })
        : pass(`a session id of ${String(sent)} octets comes back with as many`, { proof });
    },
    remedy: { 'any server': 'F5 BIG-IP: 11.6.1 HF2, 12.1.2 HF1, or later; until then no session tickets' },
    byHand: 'not with common tools',
    flaw: {
      name: 'sends 16 octets too many',
      server: {
        answersHello: upToTls12(({ hasSessionTicket, sessionId, cipherSuites: [suite = 0] }) =>
          hasSessionTicket ? { suite, sessionId: Buffer.concat([sessionId, Buffer.alloc(16, 1)]) } : undefined,
        ),
      },
      roles: oneOfEachKind,
    },
    covers: ['srv-tls-ticketbleed'],
    examples: [
      { given: { id: { sent: 16, echoed: 16 } }, then: 'pass' },
      { given: { id: { sent: 16, echoed: 32 } }, then: 'fail' },
      { given: { id: { sent: 16 } }, then: 'not-applicable' },
    ],
  }),
];

/** Seconds. */
const MOST = 604_800;

/** A version, how its sessions are resumed, and for how long where that is hardly long enough. */
const inWords = ({ version, by, lifetime }: ResumptionTrial): string =>
  `${version} by ${by}${lifetime !== undefined && lifetime < 60 ? `, usable for ${String(lifetime)} s` : ''}`;
