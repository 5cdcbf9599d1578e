import type { FailedList, ForgedReply, Forgeries } from '../protocol.js';

const coded = (code: string, text: string): ForgedReply => ({ name: code, reply: `${code} ${text}` });

const failed = (code: string, text: string, helo?: 'served'): FailedList => ({
  ...coded(code, text),
  ...(helo && { helo }),
});

export const forgeries: Forgeries = {
  refusals: [
    coded('454', '4.7.0 TLS not available due to temporary reason'),
    coded('500', '5.5.1 Command unrecognized'),
    coded('501', '5.5.4 Syntax error'),
    coded('502', '5.5.1 Command not implemented'),
    coded('503', '5.5.1 Bad sequence of commands'),
    coded('504', '5.5.4 Parameter not implemented'),
    coded('530', '5.7.0 Not now'),
    coded('550', '5.7.1 Not for you'),
    coded('554', '5.7.0 TLS not available'),
    { name: 'bye', reply: '421 4.3.2 Closing', then: 'close' },
  ],
  wrongAnswers: [
    coded('200', 'Ok'),
    coded('221', '2.0.0 Ok'),
    coded('235', '2.7.0 Ok'),
    coded('250', '2.0.0 Ok'),
    coded('251', '2.1.5 Ok'),
    coded('334', ''),
    coded('354', 'Go on'),
    coded('999', 'What'),
    { name: 'no-code', reply: 'Ready to start TLS' },
  ],
  failedLists: [
    failed('500', '5.5.1 Command unrecognized', 'served'),
    failed('501', '5.5.4 Syntax error in parameters'),
    failed('502', '5.5.1 Command not implemented', 'served'),
    failed('504', '5.5.4 Parameter not implemented'),
    failed('530', '5.7.0 Not now'),
    failed('550', '5.7.1 Not for you'),
  ],
  greetings: [
    coded('554', '5.7.1 Not for you'),
    ...['354', '500', '501', '530'].map((code) => ({ ...coded(code, 'Not now'), extra: 'more' as const })),
    ...['221', '421'].map((code) => ({ ...coded(code, 'Not now'), then: 'close' as const, extra: 'more' as const })),
  ],
  queued:
    '454 4.7.0 TLS not available\r\n235 2.7.0 Authenticated\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n250 2.0.0 Queued\r\n',
  // Ends the reply: a client that reads no keyword in a first line is left without any, which shows.
  fragment: (login) => `250 AUTH ${login} `,
  // Not the first line of its reply: clients read no keyword there, and an earlier AUTH line is overridden by a later one.
  lastLine: (login) => `250-mail.lab.test\r\n250 AUTH ${login} `,
  endOfList: '250 mail.lab.test ',
  loggedIn: '235 2.7.0 Logged in',
  // There is no sender yet.
  refusedMail: 'DATA',
  withoutList: (greeting) => greeting,
};
