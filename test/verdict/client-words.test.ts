import { expect } from 'chai';
import { outputWords } from '../../src/verdict/client-words.js';

const words = (stderr: string): string => outputWords({ how: 'ended', code: 1, stdout: '', stderr, duration: 1 });

/** What programs of several languages print when they end by an error, and the line of it that is quoted. */
const ROWS: readonly (readonly [language: string, stderr: string, quoted: string])[] = [
  [
    'Java',
    'Exception in thread "main" java.lang.Exception: auth\n\tat Cn.main(Cn.java:6)\n\t... 3 more\n',
    'Exception in thread "main" java.lang.Exception: auth',
  ],
  [
    'JavaScript',
    '/app/main.js:143\n  crypto.createCredentials()\n         ^\n\nTypeError: createCredentials is not a function\n    at POP3Client.starttls (/app/main.js:143:38)\n    at node:events:524:28\n    at /app/main.js:1:1\n\nNode.js v20.20.2\n',
    'TypeError: createCredentials is not a function',
  ],
  [
    'Ruby',
    "smtp.rb:646:in `do_start': STARTTLS is not supported on this server (Net::SMTPUnsupportedCommand)\n\tfrom /usr/lib/smtp.rb:604:in `start'\n\tfrom main.rb:4:in `<main>'\n",
    "smtp.rb:646:in `do_start': STARTTLS is not supported on this server (Net::SMTPUnsupportedCommand)",
  ],
  [
    'Tcl',
    'protocol not supported\n    while executing\n"tls::import $chan"\n    invoked from within\n    (file "pop3.tcl" line 3)\n',
    'protocol not supported',
  ],
  [
    'PHP',
    'PHP Fatal error:  Uncaught Exception: no TLS in main.php:3\nStack trace:\n#0 main.php(9): send()\n#1 {main}\n  thrown in main.php on line 3\n',
    'PHP Fatal error:  Uncaught Exception: no TLS in main.php:3',
  ],
  [
    'Python',
    'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n    raise OSError("gone")\nOSError: gone\n',
    'OSError: gone',
  ],
  ['Go', 'panic: boom\n\ngoroutine 1 [running]:\n', 'panic: boom'],
  ['a shell', 'one\ntwo\n', 'two'],
  ['a warning first', 'warning: an error may follow\nconnection refused\n', 'connection refused'],
];

describe('what is quoted of a client’s output', () => {
  for (const [language, stderr, quoted] of ROWS)
    it(language, () => {
      expect(words(stderr)).to.equal(`, it said: “${quoted}”`);
    });

  it('nothing where it said nothing, and no line of a stack trace alone', () => {
    expect(words('')).to.equal('');
    expect(words('Traceback (most recent call last):\n#0 {main}\n')).to.equal('');
  });
});
