import { hangUp } from '../endpoints/tamper.js';
import type { UpgradeForm } from '../probes/upgrade-forms.js';
import { upgradeForms } from '../probes/upgrade-forms.js';
import { defineCheck, fail, pass } from './check.js';

export default defineCheck({
  id: 'starttls-form-refused',
  title: 'STARTTLS is understood in small letters too, and answered before EHLO',
  why: 'Commands may be written in any case. If the server does not understand STARTTLS, the client goes on in clear, or not at all. A server that fails at an unexpected STARTTLS may fail for every client.',
  references: ['RFC 5321 §2.4', 'RFC 9051 §9', 'RFC 1939 §3', 'RFC 5804 §1.2'],
  severity: 'low',
  intrusiveness: 'standard',
  depth: 'full',
  modes: ['starttls'],
  needs: { forms: upgradeForms },
  judge: ({ forms: { smallLetters, trailingBlank, bareLineFeed, first } }) => {
    if (smallLetters.how !== 'go-ahead')
      return fail(`STARTTLS in small letters ${inWords(smallLetters)}`, { proof: smallLetters.line });
    if (first?.how === 'ended' || first?.how === 'silent')
      return fail(`STARTTLS before EHLO ${inWords(first)}`, { proof: first.line });
    const seen = [
      'STARTTLS in small letters is understood',
      `with a blank behind it, it ${inWords(trailingBlank)}`,
      `with a bare line feed, it ${inWords(bareLineFeed)}`,
      ...(first === undefined ? [] : [`before EHLO, it ${inWords(first)}`]),
    ];
    return pass(seen.join('; '));
  },
  remedy: { 'any server': 'update it, or look for a proxy or filter in front of it that reads commands itself' },
  byHand: 'not with common tools',
  flaw: {
    name: 'closes the connection at STARTTLS in small letters',
    server: {
      tamper: {
        starttls: ({ unit }, next) => (/starttls|stls/.test(unit?.raw.toString('latin1') ?? '') ? [hangUp] : next()),
      },
    },
  },
  covers: ['srv-starttls-case-ws', 'srv-starttls-before-ehlo'],
  examples: [
    { given: { forms: forms({}) }, then: 'pass' },
    { given: { forms: forms({ first: { how: 'refused', line: { text: '503 EHLO first' } } }) }, then: 'pass' },
    { given: { forms: forms({ bareLineFeed: { how: 'silent' }, trailingBlank: { how: 'refused' } }) }, then: 'pass' },
    { given: { forms: forms({ smallLetters: { how: 'refused', line: { text: '500 what?' } } }) }, then: 'fail' },
    { given: { forms: forms({ first: { how: 'ended' } }) }, then: 'fail' },
  ],
});

type Shown = Pick<UpgradeForm, 'how'> & { readonly line?: { readonly text: string } };

function forms(
  odd: Partial<Record<'smallLetters' | 'trailingBlank' | 'bareLineFeed' | 'first', Shown>>,
): Record<'smallLetters' | 'trailingBlank' | 'bareLineFeed', Shown> & { first?: Shown } {
  const good = { how: 'go-ahead' } as const;
  return { smallLetters: good, trailingBlank: good, bareLineFeed: good, ...odd };
}

const inWords = ({ how, line }: UpgradeForm): string => {
  switch (how) {
    case 'go-ahead':
      return 'gets the go-ahead';
    case 'refused':
      return `is refused: ${line?.text ?? ''}`;
    case 'ended':
      return 'makes the server close the connection without an answer';
    case 'silent':
      return 'is not answered';
  }
};
