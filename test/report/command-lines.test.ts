import { expect } from 'chai';
import { commandLines } from '../../src/report/command-lines.js';

describe('a command line in a narrow terminal', () => {
  const rows: readonly (readonly [command: string, columns: number, lines: readonly string[]])[] = [
    ['waxseal audit a.test --check x', 30, ['waxseal audit a.test --check x']],
    ['waxseal audit a.test --check x', 29, ['waxseal audit a.test \\', '  --check x']],
    // The value stays with its option, a program with its first word, quotes stay whole.
    ['client --name long-value --on', 20, ['client --name long-value \\', '  --on']],
    ["client -p 'a b c d' rest", 20, ["client -p 'a b c d' \\", '  rest']],
    ['client -p it\\ is rest', 16, ['client -p it\\ is \\', '  rest']],
    ['client -p "a \\" b" rest', 16, ['client -p "a \\" b" \\', '  rest']],
    // Behind these the shell reads on by itself.
    ["(sleep 1; printf 'x') | openssl s_client", 24, ["(sleep 1; printf 'x') |", '  openssl s_client']],
    ["(sleep 1; printf 'xxxxxxxxxxxxx'; sleep 2)", 20, ['(sleep 1;', "  printf 'xxxxxxxxxxxxx';", '  sleep 2)']],
    ['', 10, ['']],
    ['/a/path/that/is/longer', 10, ['/a/path/that/is/longer']],
  ];
  for (const [command, columns, lines] of rows)
    it(`${command} in ${String(columns)} columns`, () => {
      expect(commandLines(command, columns)).to.deep.equal(lines);
    });
});
