import type { CommandShape, OptionShape } from './command-shapes.js';

/** Shells for which a completion is written. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** The completion of a shell, made of the commands' own definitions; ids are asked of waxseal itself when they are needed. */
export const completion = (shell: Shell, commands: readonly CommandShape[]): string =>
  `${RENDER[shell](commands).join('\n')}\n`;

/** Where the values of an option, or what follows a command, can be listed. */
const listedKind = (name: string): string | undefined => LISTS.get(name);

const LISTS: ReadonlyMap<string, string> = new Map([
  ['--scenario', 'scenarios'],
  ['--check', 'checks'],
  ['--preset', 'presets'],
  ['--profile', 'profiles'],
]);

const bash = (commands: readonly CommandShape[]): string[] => [
  '# bash completion for waxseal: source <(waxseal completion bash)',
  '_waxseal() {',
  '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word words=',
  '  COMPREPLY=()',
  '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
  '    case $word in',
  '      --) COMPREPLY=($(compgen -c -f -- "$cur")); return ;;',
  `      ${commands.map(({ name }) => name).join('|')}) [ -n "$command" ] || command=$word ;;`,
  '    esac',
  '  done',
  '  case "$command $prev" in',
  ...commands.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .map(
        (option) =>
          `    ${spellings(option)
            .map((each) => `'${name} ${each}'`)
            .join('|')}) ${bashValues(option)}; return ;;`,
      ),
  ),
  "    'explain explain') words=$(waxseal list scenarios 2>/dev/null | cut -d' ' -f1; waxseal list checks 2>/dev/null | cut -d' ' -f1) ;;",
  "    'list list') words=$(waxseal list 2>/dev/null | cut -d' ' -f3) ;;",
  `    'completion completion') words='${SHELLS.join(' ')}' ;;`,
  '  esac',
  '  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); return; fi',
  '  case $command in',
  `    '') words='${commands.map(({ name }) => name).join(' ')}' ;;`,
  ...commands.map(({ name, options }) => `    ${name}) words='${options.map(({ long }) => long).join(' ')}' ;;`),
  '  esac',
  '  case $cur in',
  '    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;',
  '    *) if [ -n "$command" ]; then COMPREPLY=($(compgen -f -- "$cur")); else COMPREPLY=($(compgen -W "$words" -- "$cur")); fi ;;',
  '  esac',
  '}',
  'complete -o filenames -F _waxseal waxseal',
];

const bashValues = ({ long, choices }: OptionShape): string => {
  const kind = listedKind(long);
  if (choices.length > 0) return `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur"))`;
  return kind === undefined
    ? 'COMPREPLY=($(compgen -f -- "$cur"))'
    : `COMPREPLY=($(compgen -W "$(waxseal list ${kind} 2>/dev/null | cut -d' ' -f1)" -- "$cur"))`;
};

const spellings = ({ long, short }: OptionShape): string[] => (short === undefined ? [long] : [short, long]);

const zsh = (commands: readonly CommandShape[]): string[] => [
  '#compdef waxseal',
  '# zsh completion for waxseal: source <(waxseal completion zsh)',
  '_waxseal() {',
  '  local -a commands',
  '  commands=(',
  ...commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`),
  '  )',
  '  if (( CURRENT == 2 )); then _describe -t commands command commands; return; fi',
  '  local command=$words[2]',
  '  (( CURRENT-- )); shift words',
  '  case $command in',
  ...commands.flatMap(({ name, options }) => [
    `    ${name})`,
    '      _arguments -S \\',
    ...options.map((option) => `        ${zshOption(option)} \\`),
    `        ${zshOperands(name)}`,
    '      ;;',
  ]),
  '  esac',
  '}',
  'compdef _waxseal waxseal',
];

const zshOption = (option: OptionShape): string => {
  const { long, value, choices, description } = option;
  const text = description.replace(/[[\]\\:]/g, String.raw`\$&`);
  const kind = listedKind(long);
  const action =
    choices.length > 0
      ? `(${choices.join(' ')})`
      : kind === undefined
        ? '_files'
        : `{compadd -- $(waxseal list ${kind} 2>/dev/null | cut -d" " -f1)}`;
  return spellings(option)
    .map((each) =>
      quoted(`*${each}[${text}]${value === undefined ? '' : `:${value.replaceAll(':', String.raw`\:`)}:${action}`}`),
    )
    .join(' ');
};

const zshOperands = (name: string): string => {
  if (name === 'list') return quoted('1:kind:{compadd -- $(waxseal list 2>/dev/null | cut -d" " -f3)}');
  if (name === 'explain')
    return quoted(
      '1:id:{compadd -- $(waxseal list scenarios 2>/dev/null | cut -d" " -f1) $(waxseal list checks 2>/dev/null | cut -d" " -f1)}',
    );
  return name === 'completion' ? quoted(`1:shell:(${SHELLS.join(' ')})`) : quoted('*:file:_files');
};

const fish = (commands: readonly CommandShape[]): string[] => [
  '# fish completion for waxseal: waxseal completion fish | source',
  ...commands.map(
    ({ name, summary }) => `complete -c waxseal -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
  ),
  ...commands.flatMap(({ name, options }) =>
    options.map((option) => {
      const { long, short, value, choices, description } = option;
      const kind = listedKind(long);
      const values =
        choices.length > 0
          ? ` -x -a ${quoted(choices.join(' '))}`
          : kind !== undefined
            ? ` -x -a ${quoted(`(waxseal list ${kind} 2>/dev/null | string split -f1 ' ')`)}`
            : value === undefined
              ? ''
              : ' -r';
      return `complete -c waxseal -n '__fish_seen_subcommand_from ${name}'${short === undefined ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}${values} -d ${quoted(description)}`;
    }),
  ),
  `complete -c waxseal -n '__fish_seen_subcommand_from list' -f -a "(waxseal list 2>/dev/null | string split -f3 ' ')"`,
  `complete -c waxseal -n '__fish_seen_subcommand_from explain' -f -a "(waxseal list scenarios 2>/dev/null | string split -f1 ' ')"`,
  `complete -c waxseal -n '__fish_seen_subcommand_from completion' -f -a '${SHELLS.join(' ')}'`,
];

/** A word for all three shells: only the quotation mark itself has to be taken care of. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const RENDER: Readonly<Record<Shell, (commands: readonly CommandShape[]) => string[]>> = { bash, zsh, fish };

const SHELLS = Object.keys(RENDER);
