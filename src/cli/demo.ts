import { createColors } from 'picocolors';
import { caughtLines, demoLine } from '../report/demo.js';
import { demonstrate, type DemoRow } from '../demo/demo.js';
import { isColored } from './output.js';
import type { CommandAction } from './commands/definition.js';

/** `waxseal demo`: the whole round on this machine; exit 0 if everything came out as it must, else 1. */
export const demo: CommandAction<unknown, undefined> = async () => {
  const colors = createColors(isColored(process.stdout));
  const width = Math.max(60, Math.min(process.stdout.columns || 80, 120));
  const say = (text = ''): void => {
    process.stdout.write(`${text}\n`);
  };
  const rows: DemoRow[] = [];
  const show = async (title: string, source: AsyncIterable<DemoRow>): Promise<void> => {
    say(colors.bold(title));
    for await (const row of source) {
      rows.push(row);
      say(demoLine(row, colors));
    }
    say();
  };
  const outcome = { isCaught: false };
  await demonstrate(async (parts) => {
    await show('1. Honest servers on all eight ports: did encryption start before the login?', parts.honest());
    await show('2. Real servers on this machine, with waxseal between them and the client:', parts.real());
    await show('3. Attacks: STARTTLS removed, or a self-signed certificate:', parts.tampered());
    say(colors.bold(`4. An unsafe client: ${parts.careless}, on port 587`));
    const row = await parts.caught();
    outcome.isCaught = row.judgement.status === 'unsafe';
    say(demoLine(row, colors));
    for (const line of caughtLines(row, colors, width)) say(line);
    say();
    for (const line of parts.missing) say(colors.dim(`not shown: ${line}`));
  });
  const wrong = rows.filter((row) => row.judgement.status !== 'safe').length + (outcome.isCaught ? 0 : 1);
  say(
    wrong === 0
      ? `${String(rows.length)} of ${String(rows.length)} clients sent nothing secret in clear; the careless client was caught. Next: waxseal test --help`
      : `${String(wrong)} results are not as expected`,
  );
  return wrong === 0 ? 0 : 1;
};
