import type { Truth } from './row.js';

/** What was found when a surprising verdict was looked at; the first one that matches counts. */
const truths: readonly Truth[] = [
  // Clients that were still running, or that were not seen to do it again.
  {
    preset: 'esmtp',
    policy: 'required',
    cases: ['login-before-starttls', 'capability-carry-over'],
    sentence: 'not seen again: five later runs of each ended by themselves, and were safe',
    checked: 'transcript',
  },
  {
    preset: 'mpop',
    cases: ['greeting-inside-starttls/login-refused'],
    sentence:
      'not seen again: in five later runs the client took the greeting for the first line of the answer to CAPA, and reported the refused login as a failure (safe)',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    cases: ['preauth/starttls-listed'],
    sentence: 'it sends CAPABILITY and ID, then waits without a time limit; it sends neither STARTTLS nor a login',
    checked: 'transcript',
  },
  {
    preset: 'sieve-connect',
    cases: ['capability-list-refused/no', 'greeting-wrong/no'],
    sentence:
      'the server greets with NO instead of the list; the client sends nothing, and waits for the list without a time limit',
    checked: 'transcript',
  },
  // Clients that keep what came before TLS.
  {
    preset: 'esmtp',
    cases: ['starttls-response-injection/{full-line,sasl-list,behind-bare-lf}'],
    sentence:
      'it acts on the list that was injected after the go-ahead, before the server has said anything inside TLS',
    checked: 'transcript',
  },
  {
    preset: 'esmtp',
    cases: ['starttls-response-injection/{partial-line,partial-last-line}'],
    sentence:
      'it keeps its buffer: it waits inside TLS for the end of a line that began before TLS, without a time limit',
    checked: 'transcript',
  },
  {
    preset: 'fdm',
    cases: ['starttls-response-injection'],
    sentence: 'it treats text from before TLS as answers from inside TLS, and sends its password',
    checked: 'wire',
  },
  {
    preset: 'mbsync',
    cases: ['starttls-response-injection'],
    sentence:
      'inside TLS it still reads text from before TLS. Most runs end with “unexpected reply”; in some it uses the login that only the injected list offered (a race between its handshake and its buffer)',
    checked: 'transcript',
  },
  {
    preset: 'nmh',
    cases: ['starttls-response-injection'],
    sentence: 'it sends AUTH before the server has said anything inside TLS',
    checked: 'wire',
  },
  {
    preset: 'node-imap',
    cases: ['starttls-response-injection/partial-line'],
    sentence:
      'its parser keeps an unfinished line when TLS starts; the list that comes inside TLS is read as the rest of this line',
    checked: 'transcript',
  },
  {
    preset: 'phpmailer',
    cases: ['starttls-response-injection/partial-line'],
    sentence:
      'it keeps the unfinished line; the first line of the list inside TLS is read as the rest of it, so that no login is found',
    checked: 'transcript',
  },
  ...['phpmailer', 'symfony-mailer'].map((preset): Truth => ({
    preset,
    cases: ['starttls-response-injection'],
    sentence: 'PHP’s streams keep what came before TLS: it acts on the injected list',
    checked: preset === 'phpmailer' ? 'wire' : 'transcript',
  })),
  {
    preset: 'swaks',
    cases: ['starttls-response-injection'],
    sentence: 'it believes replies that were injected after the go-ahead',
    checked: 'wire',
  },
  {
    preset: 'neomutt',
    cases: ['starttls-response-injection', 'starttls-refused-with-queued-replies', 'starttls-refused/bye'],
    sentence: 'it hangs if more bytes follow the answer to STARTTLS, or if the server closes the connection there',
    checked: 'transcript',
  },
  // Clients that do not insist.
  {
    preset: 'node-imap',
    policy: 'required',
    cases: ['*'],
    sentence:
      '“autotls: required” starts TLS only if the server also lists LOGINDISABLED (Connection.js, line 1646); otherwise it logs in in clear, although STARTTLS is listed',
    checked: 'source',
  },
  {
    preset: 'sendemail',
    cases: ['capability-list-refused/{500,502}'],
    sentence: 'if the server refuses EHLO, it ignores tls=yes: after HELO it sends the mail in clear, without a login',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    cases: ['starttls-hidden', 'starttls-not-offered', 'capability-list-empty'],
    sentence: '“starttls = yes” starts TLS only if the server lists STARTTLS (offlineimap3 #222)',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    tls: 'starttls',
    cases: ['certificate-*', 'connection-kept-after-failed-handshake/certificate'],
    sentence: 'after STARTTLS it ignores sslcacertfile, and verifies no certificate',
    checked: 'wire',
  },
  {
    preset: 'mail-imapclient',
    cases: ['preauth'],
    sentence: 'if the greeting is PREAUTH, it does not ask for STARTTLS',
    checked: 'transcript',
  },
  ...['alpine', 'fdm', 'php-imap'].map((preset): Truth => ({
    preset,
    cases: ['preauth'],
    sentence: 'if the greeting is PREAUTH (already logged in), it reads the mailbox in clear',
    checked: 'transcript',
  })),
  {
    preset: 'mpop',
    cases: ['capability-carry-over'],
    sentence:
      'it adds the list inside TLS to the list from before TLS, and uses a login that only the earlier list offered',
    checked: 'transcript',
  },
  // Clients that verify too little.
  ...['dma', 'ssmtp'].map((preset): Truth => ({
    preset,
    cases: ['certificate-*', 'connection-kept-after-failed-handshake/certificate'],
    sentence: 'it verifies no certificate',
    checked: 'transcript',
  })),
  {
    preset: 'dma',
    cases: ['*'],
    sentence:
      'it does not end: it reads from the closed connection again and again, and uses all of one processor. It sent nothing secret until it was stopped',
    checked: 'transcript',
  },
  {
    preset: 'fdm',
    cases: ['certificate-localhost-for-address'],
    sentence: 'it connects to 127.0.0.1, and accepts a certificate for localhost',
    checked: 'transcript',
  },
  {
    preset: 'swaks',
    cases: ['certificate-fault/wrong-name', 'certificate-localhost-for-address'],
    sentence: '--tls-verify checks the chain, but not the host name',
    checked: 'wire',
  },
  {
    preset: 'getmail',
    cases: ['certificate-fault/wrong-name', 'certificate-localhost-for-address'],
    sentence: 'it asks for capabilities before it checks the host name; then it closes the connection',
    checked: 'transcript',
  },
  {
    preset: 'php-imap',
    cases: ['control'],
    sentence: 'after STARTTLS, its ClientHello offers nothing newer than TLS 1.0',
    checked: 'wire',
  },
  // Clients that do not notice that a door greets which should not: from then on they are one reply behind.
  ...['fdm', 'mailutils', 'perl', 'python'].map((preset): Truth => ({
    preset,
    protocol: 'pop3',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to USER, and the answer to USER for the answer to PASS; it asks for the mailbox before the server has answered PASS',
    checked: 'transcript',
  })),
  {
    preset: 'nodemailer',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, finds no AUTH in it, and sends the mail without a login; it reports failure, although the server has the mail',
    checked: 'transcript',
  },
  {
    preset: 'ruby',
    protocol: 'smtp',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, sends AUTH before EHLO is answered, and goes on with MAIL and RCPT, one reply behind; it stops at the reply to DATA, which is not 354, and reports failure',
    checked: 'transcript',
  },
  {
    preset: 'aerc',
    cases: ['starttls-unanswered/for-seconds'],
    sentence: 'when STARTTLS is refused at last it connects again, and waits there as long; it has no time limit',
    checked: 'transcript',
  },
  {
    preset: 'aerc',
    cases: ['certificate-fault-later/next-connection'],
    sentence: 'not seen again: it makes two connections in some runs, and one in others; in a later run it made one',
    checked: 'transcript',
  },
  {
    preset: 'alpine',
    cases: ['starttls-refused-with-queued-replies'],
    sentence:
      'not seen again: in three later runs, one by IMAP, it sent the response to the challenge in clear (downgradable)',
    checked: 'transcript',
  },
  {
    preset: 'aerc',
    cases: ['starttls-response-injection'],
    sentence:
      'its tags are random, so that no injected reply has the right one; after a refused login it stays connected, and shows the failure on its screen only',
    checked: 'transcript',
  },
  {
    preset: 'curl',
    protocol: 'smtp',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, and sends MAIL and RCPT without a login; it stops at the reply to DATA, which is not 354, and reports failure',
    checked: 'transcript',
  },
  ...['jakarta-mail', 'postfix'].map((preset): Truth => ({
    preset,
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, finds no AUTH in it, and sends MAIL, RCPT and DATA without a login, one reply behind; it reports failure',
    checked: 'transcript',
  })),
  ...['mutt', 'sendemail'].map((preset): Truth => ({
    preset,
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, finds no AUTH in it, and sends the whole mail without a login, one reply behind; it reports success',
    checked: 'transcript',
  })),
  ...['s-nail', 'ssmtp'].map((preset): Truth => ({
    preset,
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, sends AUTH before EHLO is answered, and stops at the next reply',
    checked: 'transcript',
  })),
  {
    preset: 'esmtp',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, and sends MAIL without a login; its exit code is 0 whatever becomes of login and mail, so that a refused login shows nothing',
    checked: 'transcript',
  },
  {
    preset: 'fdm',
    protocol: 'imap',
    cases: ['capability-carry-over/other-logins'],
    sentence:
      'it does not ask for the list inside TLS: it logs in with CRAM-MD5, which only the list from before TLS offered',
    checked: 'transcript',
  },
  {
    preset: 'emailjs',
    cases: ['capability-list-*', 'greeting-wrong/*', 'login-disabled-*', 'starttls-*'],
    sentence: 'where STARTTLS is missing or refused, it says EHLO and STARTTLS again at once, without end',
    checked: 'transcript',
  },
  {
    preset: 'emailjs',
    cases: ['certificate-*', 'connection-kept-after-failed-handshake/certificate'],
    sentence: 'it verifies no certificate after STARTTLS',
    checked: 'transcript',
  },
  {
    preset: 'symfony-mailer',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO and sends HELO; it takes the answer to EHLO for the answer to HELO, and sends the mail without a login',
    checked: 'transcript',
  },
  ...['curl', 'go', 'perl', 'phpmailer', 'python', 'ruby', 'sendemail', 'swaks'].map((preset): Truth => ({
    preset,
    policy: 'opportunistic',
    cases: ['starttls-in-odd-case/mixed'],
    sentence: 'it does not recognise STARTTLS (STLS) in mixed case, and goes on in clear',
    checked: 'transcript',
  })),
  {
    preset: 'mailutils',
    cases: ['certificate-*'],
    sentence: 'it verifies no certificate',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    cases: ['greeting-wrong/garbage', 'starttls-listed-once/in-greeting', 'starttls-mangled/*'],
    sentence:
      '“starttls = yes” means “if the server lists STARTTLS”; if it does not find the word, it logs in in clear',
    checked: 'transcript',
  },
  // The rest.
  ...['imapflow', 'offlineimap'].map((preset): Truth => ({
    preset,
    cases: ['imap-id-before-tls'],
    sentence: 'it sends its name and version (ID) before TLS',
    checked: 'transcript',
  })),
  {
    preset: 'net-imap-client',
    cases: ['plaintext-inside-tls/{between-replies,after-login}'],
    sentence: 'it closes, connects again, and says nothing any more after the greeting; it has no time limit',
    checked: 'transcript',
  },
  {
    preset: 'net-imap-client',
    cases: ['plaintext-inside-tls/{greeting,http-error}'],
    sentence: 'after each failure it connects again at once, until it was stopped',
    checked: 'transcript',
  },
  {
    preset: 'node-pop3',
    cases: ['plaintext-inside-tls'],
    sentence:
      'after the clear text it waits inside TLS without a time limit, though its USER was answered; it sends no password',
    checked: 'transcript',
  },
  {
    preset: 'net-imap-client',
    cases: ['starttls-accepted-without-tls/close-notify', 'starttls-refused/bye'],
    sentence: 'after each failure it connects again at once: more than a thousand times in 20 s, until it was stopped',
    checked: 'transcript',
  },
  {
    preset: 'exim',
    policy: 'opportunistic',
    cases: ['starttls-in-odd-case/mixed'],
    sentence: 'it does not recognise STARTTLS in mixed case, and goes on in clear',
    checked: 'transcript',
  },
];
export default truths;
