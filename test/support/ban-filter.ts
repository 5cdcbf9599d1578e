import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended } from './installed.js';
import { skipUnlessRequired } from './real.js';

const FAIL2BAN = '/usr/local/lib/waxseal/fail2ban';

/** Skips where fail2ban is missing. */
export const requireBanFilters = (context: Mocha.Context): void => {
  if (!existsSync(FAIL2BAN)) skipUnlessRequired(context, 'fail2ban missing: scripts/install-daemons');
};

/** The lines of a log that fail2ban's own filter counts, for example `dovecot` or `postfix[mode=extra]`. */
export const countedBy = async (filter: string, log: string): Promise<string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  try {
    const file = join(folder, 'log');
    // A log of one line is taken for that line.
    writeFileSync(file, `${log}\n\n`);
    const { output } = await ended(
      'python3',
      [`${FAIL2BAN}/usr/bin/fail2ban-regex`, '-c', `${FAIL2BAN}/etc/fail2ban`, '--print-all-matched', file, filter],
      { PYTHONPATH: `${FAIL2BAN}/usr/lib/python3/dist-packages` },
    );
    const total = /^Lines: \d+ lines, \d+ ignored, (\d+) matched/m.exec(output)?.[1];
    if (total === undefined) throw new Error(`fail2ban-regex says: ${output}`);
    const matched = /^\|- Matched line\(s\):\n((?:\| {2}.*\n)*)/m.exec(output)?.[1] ?? '';
    const lines = matched.split('\n').filter(Boolean);
    if (lines.length !== Number(total)) throw new Error(`fail2ban-regex counts ${total} lines and shows ${output}`);
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
