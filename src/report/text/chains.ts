import type { ChainFamily, ChainLine, Report } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { wrapped } from '../layout.js';
import { setUpName } from '../set-up.js';
import type { TextStyle } from './style.js';

/** Certificate chains by family: a line of counts each, then the chains that were answered as they should not, a few or all. */
export const chainLines = ({ report, width, passes, colors: { bold, dim } }: TextStyle): string[] => {
  const { chains = [] } = report;
  const setUps = [...new Set(chains.map(setUpOf))];
  return setUps.flatMap((setUp) => {
    const families = chains.filter((each) => setUpOf(each) === setUp);
    const column = Math.max(...families.map(({ family }) => escaped(family).length));
    const about = setUpsIn(report) === 1 ? '' : ` · ${setUp}`;
    return [
      `${bold('Certificate chains')} ${dim(`${escaped(families[0]?.suite ?? '')}${about}`)}`,
      ...families.flatMap((each) => [
        ...wrapped(
          `  ${escaped(each.family).padEnd(column)}  ${countsOf(each)}`
            .replaceAll(' ', '\u{a0}')
            .replaceAll('·\u{a0}', '· '),
          width,
          column + 4,
        )
          .map((line) => line.replaceAll('\u{a0}', ' '))
          .map((line, index) => (index === 0 ? line : `${' '.repeat(column + 4)}${line}`)),
        ...exceptions(each, passes, width).map((line) => `    ${line}`),
      ]),
      '',
    ];
  });
};

const countsOf = ({ invalid, doubtful, valid, open, notApplicable, library }: ChainFamily): string =>
  [
    ratio('invalid', invalid, 'refused'),
    ratio('doubtful', doubtful, 'refused'),
    ratio('valid', valid, 'accepted'),
    ratio('open', open, 'accepted'),
    notApplicable === undefined ? undefined : `${String(notApplicable)} not applicable`,
    library === undefined || library.different === 0
      ? undefined
      : `${String(library.different)} unlike ${escaped(library.name)}`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');

const ratio = (kind: string, answers: ChainFamily['invalid'], good: 'accepted' | 'refused'): string | undefined => {
  if (answers === undefined) return undefined;
  const { accepted, refused, misbehaved = 0, inconclusive = 0 } = answers;
  const all = accepted + refused + misbehaved + inconclusive;
  return `${kind}: ${String(answers[good])} of ${String(all)} ${good}`;
};

const exceptions = ({ chains, more = 0, library }: ChainFamily, passes: boolean, width: number): string[] => {
  const worst = chains.toSorted((a, b) => rankOf(a) - rankOf(b));
  const shown = passes ? chains : worst.slice(0, MOST_SHOWN);
  const rest = chains.length - shown.length + more;
  return [
    ...shown.flatMap((line) =>
      wrapped(sentence(line, library?.name), width - 4, 2).map((each, at) => (at === 0 ? each : `  ${each}`)),
    ),
    ...(rest > 0 ? [`and ${String(rest)} more (--verbose, --format json)`] : []),
  ];
};

const sentence = ({ chain, kind, answer, library, why, host }: ChainLine, name = ''): string => {
  const other = library === undefined || library === answer ? '' : `, by ${escaped(name)} ${library}`;
  return `${answer} ${kind} ${escaped(chain)} for ${escaped(host)}${other}${why === undefined ? '' : `: ${escaped(why)}`}`;
};

/** What matters most comes first; sorting keeps the suite's order otherwise. */
const rankOf = ({ kind, answer, library }: ChainLine): number => {
  if (answer === 'misbehaved') return 0;
  if (kind === 'invalid' && answer === 'accepted') return 1;
  if (library !== undefined && library !== answer) return 2;
  return kind === 'doubtful' ? 3 : 4;
};

const setUpOf = (family: ChainFamily): string => setUpName(family);

const setUpsIn = ({ results }: Report): number => new Set(results.map(setUpName)).size;

const MOST_SHOWN = 3;
