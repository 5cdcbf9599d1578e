import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { Control } from '../../src/control/control.js';
import { answerLines, LONGEST_LINE } from '../../src/control/lines.js';

interface Line {
  readonly id?: string | number;
  readonly ok: boolean;
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string };
}

/** What is answered to everything that a caller sends before it closes its end. */
const answersTo = async (...chunks: (string | Buffer)[]): Promise<Line[]> => {
  await using control = await Control.open();
  const input = new PassThrough();
  const lines: string[] = [];
  const done = answerLines({ input, write: (line) => void lines.push(line) }, control.caller());
  for (const chunk of chunks) input.write(chunk);
  input.end();
  await done;
  expect(lines.filter((line) => line.includes('\n'))).to.deep.equal([]);
  return lines.map((line) => JSON.parse(line) as Line);
};

describe('commands as lines', () => {
  const ROWS: readonly {
    readonly name: string;
    readonly sent: readonly (string | Buffer)[];
    readonly codes: readonly string[];
  }[] = [
    { name: 'half a line at the end of the input', sent: ['{"command":"hel'], codes: ['bad-json'] },
    { name: 'a whole line without its end', sent: ['{"command":"hello"}'], codes: ['ok'] },
    { name: 'a line in single bytes', sent: Array.from('{"command":"hello"}\n'), codes: ['ok'] },
    {
      name: 'two lines in one piece, the end of one with CRLF',
      sent: ['{"command":"hello"}\r\n{"command":"hello"}\n'],
      codes: ['ok', 'ok'],
    },
    { name: 'empty lines', sent: ['\n\r\n   \n'], codes: [] },
    { name: 'no object', sent: ['[]\n"hello"\nnull\n7\n'], codes: ['bad-json', 'bad-json', 'bad-json', 'bad-json'] },
    { name: 'an object without a command', sent: ['{"id":1}\n{"command":7}\n'], codes: ['bad-request', 'bad-request'] },
    { name: 'bytes that are no UTF-8', sent: [Buffer.from([0xff, 0xfe, 0x0a])], codes: ['bad-json'] },
    {
      name: 'a name of JavaScript’s own',
      sent: ['{"command":"__proto__"}\n{"command":"constructor"}\n'],
      codes: ['unknown-command', 'unknown-command'],
    },
    {
      name: 'ten megabytes in one line, and a good one after it',
      sent: [...Array.from({ length: 10 }, () => 'x'.repeat(LONGEST_LINE)), '\n{"command":"hello"}\n'],
      codes: ['line-too-long', 'ok'],
    },
  ];

  for (const { name, sent, codes } of ROWS)
    it(`answers ${name}`, async () => {
      const said = await answersTo(...sent);
      expect(said.map(({ ok, error }) => (ok ? 'ok' : error?.code))).to.have.members([...codes]);
    });

  it('repeats the id, also of a command that fails', async () => {
    const said = await answersTo('{"id":"a","command":"hello"}\n{"id":2,"command":"x"}\n{"id":{},"command":"hello"}\n');
    expect(said.map(({ id, ok }) => [id, ok])).to.have.deep.members([
      ['a', true],
      [2, false],
      [undefined, true],
    ]);
  });

  it('prints no control character of the caller', async () => {
    const [said] = await answersTo(`${JSON.stringify({ command: '\u001b[31m\u202ered\u0000' })}\n`);
    expect(said?.error?.message).to.not.match(/[\p{Cc}\u202e]/u);
  });

  it('lets a slow command wait without holding up another one', async () => {
    await using control = await Control.open();
    const input = new PassThrough();
    const ids: unknown[] = [];
    const done = answerLines(
      {
        input,
        write: (line) => {
          const { id, answer } = JSON.parse(line) as Line;
          ids.push(id);
          if (id === 1)
            input.write(
              `${JSON.stringify({ id: 2, command: 'wait', visit: answer?.['visit'], until: 'connected', timeout: 200 })}\n{"id":3,"command":"hello"}\n`,
            );
          if (id === 2) input.end();
        },
      },
      control.caller(),
    );
    input.write('{"id":1,"command":"start","protocol":"pop3","tls":"implicit"}\n');
    await done;
    expect(ids).to.deep.equal([1, 3, 2]);
  });
});
