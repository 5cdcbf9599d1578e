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
      'not seen again: in five later runs CAPA took the greeting as the first line of its answer, and the refused login was reported as a failure (safe)',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    cases: ['preauth/starttls-listed'],
    sentence:
      'it says CAPABILITY and ID, then nothing more, and waits without a time limit: it sends neither STARTTLS nor a login',
    checked: 'transcript',
  },
  {
    preset: 'sieve-connect',
    cases: ['capability-list-refused/no'],
    sentence: 'it is greeted with NO instead of the list, says nothing, and waits for the list without a time limit',
    checked: 'transcript',
  },
  // Clients that keep what came before TLS.
  {
    preset: 'esmtp',
    cases: ['starttls-response-injection/{full-line,sasl-list}'],
    sentence: 'it answers the list that was injected behind the go-ahead, while the server inside TLS is silent',
    checked: 'transcript',
  },
  {
    preset: 'esmtp',
    cases: ['starttls-response-injection/{partial-line,partial-last-line}'],
    sentence:
      'it waits for the end of a line that was begun before TLS, says nothing inside TLS, and never gives up: the buffer is kept',
    checked: 'transcript',
  },
  {
    preset: 'fdm',
    cases: ['starttls-response-injection'],
    sentence: 'it takes what came before TLS for answers from inside, and sends its password on it',
    checked: 'wire',
  },
  {
    preset: 'mbsync',
    cases: ['starttls-response-injection'],
    sentence:
      'it reads on in what came before TLS: most runs end with “unexpected reply”, some ask for the login that only the injected list offered; a race between its handshake and its buffer',
    checked: 'transcript',
  },
  {
    preset: 'nmh',
    cases: ['starttls-response-injection'],
    sentence: 'it says AUTH while the server inside TLS is silent',
    checked: 'wire',
  },
  {
    preset: 'node-imap',
    cases: ['starttls-response-injection/partial-line'],
    sentence: 'its parser keeps an unfinished line over the start of TLS, which swallows the list from inside',
    checked: 'transcript',
  },
  {
    preset: 'phpmailer',
    cases: ['starttls-response-injection/partial-line'],
    sentence: 'the kept line swallows the first line of the list from inside, and no login is found',
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
    sentence: 'it believes replies that were injected behind the go-ahead',
    checked: 'wire',
  },
  {
    preset: 'neomutt',
    cases: ['starttls-response-injection', 'starttls-refused-with-queued-replies', 'starttls-refused/bye'],
    sentence: 'it hangs when bytes follow the answer to STARTTLS, or the server ends there',
    checked: 'transcript',
  },
  // Clients that do not insist.
  {
    preset: 'node-imap',
    policy: 'required',
    cases: ['*'],
    sentence:
      'autotls: required starts TLS only where LOGINDISABLED is listed as well (Connection.js, line 1646): without that word it logs in in clear, although STARTTLS is listed',
    checked: 'source',
  },
  {
    preset: 'sendemail',
    cases: ['capability-list-refused/{500,502}'],
    sentence: 'tls=yes is forgotten where EHLO is unknown: after HELO the mail leaves in clear, and without a login',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    cases: ['starttls-hidden', 'starttls-not-offered', 'capability-list-empty'],
    sentence: 'starttls = yes starts TLS only where it is listed (offlineimap3 #222)',
    checked: 'transcript',
  },
  {
    preset: 'offlineimap',
    tls: 'starttls',
    cases: ['certificate-*'],
    sentence: 'sslcacertfile is not used after STARTTLS, and no certificate is verified',
    checked: 'wire',
  },
  {
    preset: 'mail-imapclient',
    cases: ['preauth'],
    sentence: 'it forgets STARTTLS where the greeting is PREAUTH',
    checked: 'transcript',
  },
  ...['fdm', 'php-imap'].map((preset): Truth => ({
    preset,
    cases: ['preauth'],
    sentence: 'it reads a mailbox in clear where the greeting says that it is logged in',
    checked: 'transcript',
  })),
  {
    preset: 'mpop',
    cases: ['capability-carry-over'],
    sentence: 'it adds the list inside TLS to the one before it, and logs in with what only the latter offered',
    checked: 'transcript',
  },
  // Clients that verify too little.
  ...['dma', 'ssmtp'].map((preset): Truth => ({
    preset,
    cases: ['certificate-*'],
    sentence: 'it verifies no certificate',
    checked: 'transcript',
  })),
  {
    preset: 'dma',
    cases: ['*'],
    sentence:
      'it does not end, and reads without a pause a connection that is over, with all of a processor: nothing secret was sent until it was stopped',
    checked: 'transcript',
  },
  {
    preset: 'fdm',
    cases: ['certificate-localhost-for-address'],
    sentence: 'connected to 127.0.0.1 it takes a certificate for localhost',
    checked: 'transcript',
  },
  {
    preset: 'swaks',
    cases: ['certificate-fault/wrong-name', 'certificate-localhost-for-address'],
    sentence: '--tls-verify checks the chain and no host name',
    checked: 'wire',
  },
  {
    preset: 'getmail',
    cases: ['certificate-fault/wrong-name', 'certificate-localhost-for-address'],
    sentence: 'it asks for capabilities before it has checked the host name, then closes',
    checked: 'transcript',
  },
  {
    preset: 'php-imap',
    cases: ['control'],
    sentence: 'its ClientHello after STARTTLS ends at TLS 1.0',
    checked: 'wire',
  },
  // Clients that do not notice that a door greets which should not: from then on they are one reply behind.
  ...['mailutils', 'perl', 'python'].map((preset): Truth => ({
    preset,
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to USER, and each answer for that to its next command: it goes on to the mailbox before PASS was answered',
    checked: 'transcript',
  })),
  {
    preset: 'nodemailer',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, finds no AUTH in it, sends the mail without a login, and reports failure although the server has it',
    checked: 'transcript',
  },
  {
    preset: 'symfony-mailer',
    cases: ['greeting-inside-starttls'],
    sentence:
      'it takes the greeting for the answer to EHLO, says HELO, takes the answer to EHLO for that, and sends the mail without a login',
    checked: 'transcript',
  },
  ...['perl', 'swaks'].map((preset): Truth => ({
    preset,
    policy: 'opportunistic',
    cases: ['starttls-in-odd-case/mixed'],
    sentence: 'it does not know STARTTLS in mixed case, and goes on in clear',
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
    sentence: '“starttls = yes” is “if the server lists it”: it logs in in clear where it finds no such word',
    checked: 'transcript',
  },
  // The rest.
  ...['imapflow', 'offlineimap'].map((preset): Truth => ({
    preset,
    cases: ['imap-id-before-tls'],
    sentence: 'it says its name and version (ID) before TLS',
    checked: 'transcript',
  })),
  {
    preset: 'net-imap-client',
    cases: ['starttls-accepted-without-tls/close-notify', 'starttls-refused/bye'],
    sentence: 'each failure opens the next connection: over a thousand in 20 s, until it was stopped',
    checked: 'transcript',
  },
  ...['curl', 'php-imap', 'postfix'].map((preset): Truth => ({
    preset,
    policy: 'opportunistic',
    cases: ['starttls-refused/bye'],
    sentence: 'it had begun to log in in clear when the server ended the connection: no secret was asked for',
    checked: 'transcript',
  })),
  {
    preset: 'exim',
    policy: 'opportunistic',
    cases: ['starttls-in-odd-case/mixed'],
    sentence: 'it does not know STARTTLS in mixed case, and goes on in clear',
    checked: 'transcript',
  },
];
export default truths;
