import { expect } from 'chai';
import { judgeByLook } from '../../src/verdict/screen.js';
import type { Visit } from '../../src/verdict/visit.js';
import { scripted } from './scripted.js';

const TEXT = 'call 555 now';
const judge = judgeByLook({ text: () => TEXT, words: ['showed the text', 'show the text'] });

/** A client that was refused TLS with a text, and left. */
const LEFT = [
  'S: 220 ready',
  'C: EHLO x',
  'S: 250 STARTTLS',
  'C: STARTTLS',
  `S! 454 ${TEXT}`,
  'C: QUIT',
  'S: 221 Bye',
  'C.',
];
/** One that logs in all the same. */
const LEAKS = [...LEFT.slice(0, 5), 'C: AUTH PLAIN AGFsaWNlAHNlc2FtZQ==', 'S: 235 ok', 'C: QUIT', 'S: 221 Bye', 'C.'];
const displaying = (display: string): Partial<Visit> => ({
  client: { how: 'ended', code: 1, stdout: '', stderr: '', duration: 1000, display },
});
const attesting = (answer: 'yes' | 'no'): Partial<Visit> => ({ attested: { question: 'did it?', answer } });

describe('attacks whose effect is on a screen', () => {
  const rows: readonly (readonly [
    what: string,
    script: readonly string[],
    more: Partial<Visit>,
    status: string,
    because: RegExp,
  ])[] = [
    ['nobody looked', LEFT, {}, 'not-applicable', /someone must look/],
    ['the client tells another text', LEFT, displaying('TLS is refused'), 'safe', /./],
    ['the client tells the text', LEFT, displaying(`server says: ${TEXT}`), 'unsafe', /showed the text$/],
    ['a person saw it', LEFT, attesting('yes'), 'unsafe', /showed the text, as a person who looked attests/],
    [
      'a person did not see it',
      LEFT,
      attesting('no'),
      'safe',
      /a person who looked attests that it did not show the text/,
    ],
    [
      'a person who did not see it is believed more than the output',
      LEFT,
      { ...displaying(TEXT), ...attesting('no') },
      'safe',
      /attests/,
    ],
    ['it leaks, whoever looked', LEAKS, attesting('no'), 'unsafe', /AUTH PLAIN|PLAIN/],
    ['it leaks, and nobody looked', LEAKS, {}, 'unsafe', /PLAIN/],
  ];
  for (const [what, script, more, status, because] of rows)
    it(`${what}: ${status}`, () => {
      const judgement = judge(scripted('smtp', [script], more));
      expect(judgement.status, judgement.because).to.equal(status);
      expect(judgement.because).to.match(because);
    });
});
