import type { Finding } from '../capture/findings.js';
import type { Check } from '../checks/check.js';
import type { DomainCheck } from '../domain-checks/domain-check.js';
import type { Profile } from '../profiles/profile.js';
import { sourcesOf, type Explanation, type Paragraph } from './paragraphs.js';
import { WORDS } from './words.js';

/** What a rule for servers finds, why it matters, and what mends it. */
export const checkExplanation = (check: Check): Explanation => ({
  kind: 'check',
  title: `${check.id}: ${check.title}`,
  paragraphs: [
    ['Why', check.why],
    ['Severity', check.severity],
    ['Method', `${check.intrusiveness}: ${WORDS[check.intrusiveness] ?? ''}`],
    [
      'Finds',
      'a server that ' +
        [
          ...new Set(
            (Array.isArray(check.flaw)
              ? (check.flaw as readonly { name: string; then?: string }[])
              : [check.flaw as { name: string; then?: string }]
            )
              .filter(({ then }) => then !== 'pass')
              .map(({ name }) => name),
          ),
        ].join('; or '),
    ],
    ['Server log', check.logLines ?? 'nothing that fail2ban would count'],
    ...Object.entries(check.remedy).map(([software, remedy]): Paragraph => [`Remedy, ${software}`, remedy]),
    sourcesOf(check),
    ['Try it', `waxseal audit --check ${check.id} TARGET`],
  ],
});

/** What a rule for domains finds, why it matters, and what mends it. */
export const domainCheckExplanation = ({
  id,
  title,
  why,
  severity,
  remedy,
  references: list,
  beyondMx,
}: DomainCheck): Explanation => ({
  kind: 'check',
  title: `${id}: ${title}`,
  paragraphs: [
    ['Why', why],
    ['Severity', severity],
    [
      'Looks at',
      beyondMx === true ? 'DNS and web servers, with --domain' : 'DNS and web servers, with --domain or --mx',
    ],
    ['Remedy', remedy],
    ['References', list.join(', ')],
    ['Try it', `waxseal audit DOMAIN ${beyondMx === true ? '--domain' : '--mx'} --check ${id}`],
  ],
});

/** What a capture can show, why it matters, and what mends it. */
export const findingExplanation = (finding: Finding): Explanation => ({
  kind: 'finding',
  title: `${finding.id}: ${finding.title}`,
  paragraphs: [
    ['Why', finding.why],
    ['Severity', `${finding.severity} at most`],
    ['Remedy', finding.remedy],
    sourcesOf(finding),
    ['Try it', `waxseal judge CAPTURE${finding.isOnPath === true ? ' --other-side CAPTURE' : ''}`],
  ],
});

/** Where a rule holds, if not on all ports. */
const ON = {
  users: ' (on ports where users log in)',
  servers: ' (on ports for other servers)',
  domain: ' (with --domain)',
};

/** What a norm asks for, rule by rule. */
export const profileExplanation = ({ id, title, version, kind, source, leavesOut, rules }: Profile): Explanation => ({
  kind: 'profile',
  title: `${id}: ${title}, ${version}`,
  paragraphs: [
    [
      'Meaning',
      kind === 'controls'
        ? 'evidence for an assessor; meeting these rules does not prove compliance'
        : 'recommendations for the configuration of TLS',
    ],
    ...rules.map(({ section, says, level, on }): Paragraph => [
      `${section}, ${level}`,
      `${says}${on === undefined ? '' : ON[on]}`,
    ]),
    ['Not judged', leavesOut],
    ['Source', source],
    ['Try it', `waxseal audit --profile ${id} TARGET`],
  ],
});
