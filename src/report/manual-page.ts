import { inWords } from '../protocols/in-words.js';
import { PROTOCOL_TITLES } from '../protocols/names.js';
import type { CommandShape } from './command-shapes.js';

/** The manual page waxseal(1), in the man macros, made of the commands' own definitions. */
export const manualPage = (version: string, commands: readonly CommandShape[]): string =>
  `${[
    `.TH WAXSEAL 1 "" "waxseal ${roff(version)}" "User Commands"`,
    '.SH NAME',
    String.raw`waxseal \- prove whether mail clients and servers start encryption before anything secret is sent`,
    '.SH SYNOPSIS',
    ...commands.flatMap(({ name, operands }, index) => [
      ...(index === 0 ? [] : ['.PP']),
      String.raw`\fBwaxseal ${roff(name)}\fR [\fIoptions\fR]${operands === '' ? '' : ` ${roff(operands)}`}`,
    ]),
    '.SH DESCRIPTION',
    `Tests servers, clients and what lies between them, in ${roff(inWords(PROTOCOL_TITLES, 'and'))}, with STARTTLS and with implicit TLS.`,
    '.SH COMMANDS',
    ...commands.flatMap(({ name, summary, options }) => [
      `.SS "waxseal ${roff(name)}"`,
      roff(summary),
      ...options.flatMap(({ long, short, value, choices, description }) => [
        '.TP',
        `${[short, long]
          .filter((each) => each !== undefined)
          .map((each) => String.raw`\fB${roff(each)}\fR`)
          .join(', ')}${value === undefined ? '' : String.raw` \fI${roff(value)}\fR`}`,
        roff(`${description}${choices.length > 0 ? `; one of ${choices.join(', ')}` : ''}`),
      ]),
    ]),
    '.SH EXIT STATUS',
    ...[
      ['0', 'all as expected'],
      ['1', 'findings: a client is unsafe, a check of a server fails, or an accepted result is not as it was listed'],
      ['2', 'usage error'],
      ['3', 'something could not be observed, and nothing is worse'],
      ['70', 'a bug in waxseal'],
      ['130', 'interrupted; the report is written'],
    ].flatMap(([code = '', what = '']) => ['.TP', String.raw`\fB${code}\fR`, roff(what)]),
    '.SH EXAMPLES',
    '.nf',
    'waxseal demo',
    'waxseal audit mail.example.org',
    roff('waxseal test --protocol imap -- curl --ssl-reqd --cacert {ca} -u {user}:{password} {url}'),
    'waxseal explain 993',
    '.fi',
  ].join('\n')}\n`;

/** Text in which nothing is a request or an escape; a hyphen that is typed stays one. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replace(/^[.']/, String.raw`\&$&`)
    .replaceAll('"', String.raw`\(dq`)
    .replaceAll('’', String.raw`\(cq`)
    .replaceAll('“', String.raw`\(lq`)
    .replaceAll('”', String.raw`\(rq`)
    .replaceAll('…', '...');
