import { createColors } from 'picocolors';
import type { Change, Difference } from '../document/difference.js';
import type { Result } from '../document/report-model.js';
import { escaped, jsonText } from './escape.js';
import { reproduction } from './shell-word.js';
import { hostPort } from '../wire/host-port.js';

/** The difference as text: what got worse with its reason and how to repeat it, then the rest in a line each. */
export const differenceText = (difference: Difference, isColored: boolean): string => {
  const { worse, lost, better, added, same, expiries } = difference;
  const { red, green, magenta, yellow, bold } = createColors(isColored);
  const lines = [
    ...worse.flatMap((change) => [
      bold(red(`worse    ${heading(change)}`)),
      `           ${sentence(change.after)}`,
      ...(change.after === undefined ? [] : [`           again: ${escaped(reproduction(change.after.reproduce))}`]),
    ]),
    ...lost.map((change) =>
      magenta(
        `lost     ${heading(change)}: ${change.after === undefined ? 'the later report does not have it' : sentence(change.after)}`,
      ),
    ),
    ...better.map((change) => green(`better   ${heading(change)}`)),
    ...added.map((change) => `new      ${heading(change)}`),
    ...expiries.map(({ host, port, notAfter, days }) =>
      yellow(
        `expiry   ${hostPort(escaped(host), port)}: the certificate ${days < 0 ? `expired ${String(-days)} days ago` : `expires in ${String(days)} days`} (${notAfter.slice(0, 10)})`,
      ),
    ),
    `${String(worse.length)} worse, ${String(lost.length)} lost, ${String(better.length)} better, ${String(added.length)} new, ${String(same)} as before`,
  ];
  return `${lines.join('\n')}\n`;
};

/** The same for programs: `urn:waxseal:difference:1`. */
export const differenceJson = ({ worse, lost, better, added, same, expiries }: Difference): string =>
  `${jsonText(
    {
      schema: 'urn:waxseal:difference:1',
      worse: worse.map(both),
      lost: lost.map(both),
      better: better.map(both),
      new: added.map(both),
      same,
      expiries,
    },
    2,
  )}\n`;

const both = ({ case: key, before, after }: Change): object => ({
  case: key,
  ...(before && { before: facts(before) }),
  ...(after && { after: facts(after) }),
});

const facts = ({ status, severity, because, reproduce }: Result): object => ({
  status,
  ...(severity !== undefined && { severity }),
  because,
  reproduce,
});

const heading = ({ case: key, before, after }: Change): string =>
  `${escaped(key)}: ${before === undefined ? '' : `${stand(before)} → `}${after === undefined ? 'gone' : stand(after)}`;

const stand = ({ status, severity }: Result): string =>
  severity === undefined || (status !== 'unsafe' && status !== 'fail') ? status : `${status} (${severity})`;

const sentence = (result: Result | undefined): string => escaped(result?.because ?? '');
