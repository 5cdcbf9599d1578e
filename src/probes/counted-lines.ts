import type { ShortReply } from './dialogue-facts.js';

/** What a login that was answered like this leaves in the server's log. */
export interface CountedLines {
  /** Lines that fail2ban's own filters count, for the whole connection. */
  readonly lines: 0 | 1;
  /** The answer is about the login as such, whatever its mechanism: another one would be answered alike, and counted again. */
  readonly whateverMechanism?: true;
}

/** What the answer to a login in clear leaves in the server's log; an answer of no known server may leave a line. */
export const countedLines = ({ code, lines }: ShortReply): CountedLines => {
  const text = `${code ?? ''} ${lines.map((line) => line.text.replace(/^\d{3}[ -]/, '')).join(' ')}`;
  return ANSWERS.find((row) => row.answer.test(text)) ?? { lines: 1 };
};

/**
 * Filters: fail2ban 1.0.2, `dovecot`, `postfix[mode=extra]`, `exim`, `courier-auth`, `cyrus-imap`, `sendmail-auth`. What no row names falls to the default: Dovecot writes `(auth failed, 2 attempts)` or `(tried to use disallowed plaintext auth)` once for a
 * connection, however many logins it refused there; a wrong password is counted once by every filter.
 */
const ANSWERS: readonly (CountedLines & {
  readonly software: string;
  /** Matched against the code and the text; numbers are SMTP's and LMTP's. */
  readonly answer: RegExp;
  readonly source: string;
})[] = [
  {
    software: 'Exim',
    answer: /^503 AUTH command used when not advertised/,
    lines: 1,
    whateverMechanism: true,
    source:
      'smtp_in.c: the answer to every AUTH while none is listed; `SMTP protocol error in "AUTH PLAIN" … AUTH command used when not advertised`, which filter.d/exim.conf counts',
  },
  {
    software: 'Postfix, Sendmail, Dovecot submission',
    answer: /^(?:530|538) /,
    lines: 0,
    source:
      'Postfix 3.7 logs `auth=0/1` when the client leaves, Dovecot 2.3 `no auth attempts`: counted by no filter; filter.d/sendmail-auth.conf counts `AUTH failure` only',
  },
  {
    software: 'Postfix',
    answer: /^503 (?:5\.5\.1 )?Error: authentication not enabled/,
    lines: 0,
    source: 'smtpd_sasl_proto.c: answered before SASL is asked; the log has `auth=0/1` only',
  },
];
