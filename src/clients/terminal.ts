import { Fault } from '../fault.js';
import { systemTool } from '../place/executable.js';

/** A command line that gives `command` a terminal of 24 lines by script(1); throws `CANNOT_START` where that is not installed. */
export const onTerminal = (command: readonly string[]): string[] => {
  const script = systemTool('script');
  if (script === undefined)
    throw new Fault(
      'CANNOT_START',
      '--tty needs script(1), which is not installed; it comes with util-linux (Debian: bsdutils)',
    );
  // A client of the BSDs' script is given as words, one of Linux' as a line for the shell; both make a terminal without a size.
  const line = `stty rows 24 cols 80; exec ${command.map(quoted).join(' ')}`;
  return process.platform === 'linux'
    ? [script, '--quiet', '--return', '--command', line, '/dev/null']
    : [script, '-q', '/dev/null', 'sh', '-c', line];
};

/** What programs are told of the terminal. */
export const TERMINAL_ENVIRONMENT: Readonly<Record<string, string>> = { TERM: 'xterm', COLUMNS: '80', LINES: '24' };

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
