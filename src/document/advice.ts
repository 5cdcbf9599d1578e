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
    fix: 'make TLS mandatory instead of “if available”: curl --ssl-reqd, nodemailer requireTLS: true, imapflow doSTARTTLS: true, msmtp tls on, mutt ssl_force_tls=yes, mbsync TLSType STARTTLS, fetchmail ssl',
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
    fix: 'empty the receive buffer and forget capabilities and state when TLS starts; update the library: most have had this defect (CVE-2021-38371, CVE-2021-33515 and others)',
  },
  'out-of-step': {
    expected:
      'the client ends the connection when a reply comes that cannot be the answer to its command, or when nobody greets',
    fix: 'after STARTTLS read nothing before the first command is sent, and check each reply’s code or form (EHLO: 250, AUTH: 235 or 334, DATA: 354); where replies look alike, ask for the capabilities first; use implicit TLS with ALPN where servers offer it',
  },
  'broken-stream': {
    expected:
      'the client ends the connection, and reports failure, when it receives something that is not a TLS record, or when TCP ends before TLS does',
    fix: 'treat every error of the TLS library as the end of the connection; never read from or write to the socket outside TLS',
  },
  'broken-tls': {
    expected: 'the client gives up when TLS fails or ends early',
    fix: 'treat a failed handshake and an early end of TLS as errors; never continue without TLS',
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
    expected: 'the client gives up after a few attempts, or waits longer and longer between them',
    fix: 'limit retries and let the time between them grow',
  },
};
