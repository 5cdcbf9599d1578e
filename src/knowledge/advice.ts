import type { Cause } from '../verdict/evidence.js';

/** What a client must do instead, and what usually mends it. */
export interface Advice {
  readonly expected: string;
  readonly fix: string;
}

/** For clients, by what a verdict rests on. */
export const ADVICE: Readonly<Record<Cause, Advice>> = {
  denied: {
    expected: 'if TLS cannot be started, the client gives up; it sends no login and no mail',
    fix: 'make TLS mandatory instead of “if available”: curl --ssl-reqd, nodemailer requireTLS: true, imapflow doSTARTTLS: true, msmtp tls on, mutt ssl_force_tls=yes, mbsync TLSType STARTTLS, fetchmail ssl, Jakarta Mail mail.smtp.starttls.required; in Python and Go, call starttls() without asking whether it is offered',
  },
  'on-offer': {
    expected: 'the client starts TLS before it sends a login or mail',
    fix: 'switch STARTTLS or implicit TLS on in the client’s configuration; in code, start TLS before the login (Python: starttls(context=…))',
  },
  unverified: {
    expected: 'the client ends the connection when it cannot verify the server’s certificate, before it sends anything',
    fix: 'verify certificate and host name: remove curl --insecure, rejectUnauthorized: false, tls_certcheck off, CERT_NONE; have the client trust the CA that issued the server’s certificate',
  },
  believed: {
    expected: 'the client discards everything that it received before TLS, and asks for the capabilities again',
    fix: 'update the library: most mail libraries have had this defect (CVE-2021-38371, CVE-2021-33515 and others); in code, empty the receive buffer and forget capabilities and state when TLS starts',
  },
  referred: {
    expected:
      'the client ignores what names another server, or treats that server like the first one: it sends nothing before TLS has started with a trusted certificate for the name that the user configured or confirmed',
    fix: 'switch referrals and the search for servers off in the client, or update it; in code, never follow a referral that came before TLS, take names of servers from DNSSEC or verified HTTPS only or ask the user, and start TLS and verify the certificate again on each server',
  },
  'out-of-step': {
    expected:
      'the client ends the connection when a reply comes that cannot be the answer to its command, or when the server sends no greeting',
    fix: 'after STARTTLS read nothing before the first command is sent, and check each reply’s code or form (EHLO: 250, AUTH: 235 or 334, DATA: 354); where replies look alike, ask for the capabilities first; use implicit TLS with ALPN where servers offer it',
  },
  'broken-stream': {
    expected:
      'the client ends the connection, and reports failure, when it receives something that is not a TLS record, or when TCP ends before TLS does',
    fix: 'treat every error of the TLS library as the end of the connection; never read from or write to the socket outside TLS',
  },
  'broken-tls': {
    expected:
      'the client gives up when TLS fails, is weak or breaks its own rules; it does not connect again without TLS or with an older version',
    fix: 'treat a failed handshake as an error, never continue without TLS or with an older version; update the TLS library, and remove weak versions, ciphers and keys from its configuration',
  },
  'old-tls': {
    expected: 'the client offers TLS 1.2 or newer',
    fix: 'allow TLS 1.2 and 1.3 in the client’s configuration; if its TLS library has neither, update the library',
  },
  metadata: {
    expected: 'before TLS the client sends nothing that identifies its user, machine or software',
    fix: 'send identifying commands (ID, EHLO with a host name) only after TLS has started',
  },
  availability: {
    expected:
      'the client reports an error, and gives up, or waits longer before each new attempt; it neither crashes nor waits for ever',
    fix: 'give each answer a time limit, limit the number of attempts, and let the time between them grow; a crash is a bug of the client, and belongs into a report to its authors',
  },
};

/** What the client did, by what a verdict rests on; `waxseal explain` and reports put findings with one cause together. */
export const CAUSES: Readonly<Record<Cause, string>> = {
  denied: 'the client went on without TLS after TLS was hidden, refused or failed',
  'on-offer': 'the client sent a login or mail in clear although the server offered TLS',
  unverified: 'the client sent a login or mail over TLS to a server whose certificate is not to be trusted',
  believed: 'the client used replies that came in clear, before TLS, as if they had come inside TLS',
  referred:
    'the client sent a login or mail to a server that the attacker had named: in a referral, in DNS or in a configuration file',
  'out-of-step': 'the client took a reply for the answer to a command that it does not belong to',
  'broken-stream':
    'the client went on, or reported success, after bytes in clear interrupted TLS or TCP ended before TLS did',
  'broken-tls':
    'the client went on with a handshake that was weak, or that broke the rules of TLS, or connected again without TLS or with an older version',
  'old-tls': 'the client used a version of TLS that is forbidden today',
  metadata: 'the client told its name, its user or its system in clear',
  availability:
    'the client crashed, waited without a time limit, read a line without an end, or reconnected or said the same again and again without a pause',
};
