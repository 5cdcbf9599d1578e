import type { InjectionFacts, InjectionTry } from '../probes/injection-facts.js';
import { fragmentInjection, lineInjection, literalInjection, severalLinesInjection } from '../probes/injection.js';
import { protocolsWhere } from '../protocols/port-roles.js';
import { defineCheck, fail, inconclusive, pass, warn, type Check, type Finding, type ServerFlaw } from './check.js';
import { keepsAll, keepsFragment, keepsLines } from './flaws.js';

/** Every other try offered TLS 1.3 too, and the server chose. */
const limitOf = ({ version }: InjectionFacts[number]): string => (version === 'TLSv1.2' ? ' (at most TLS 1.2)' : '');

/** What the tries mean together: one that is vulnerable is enough, and `pass` needs all of them clear. */
const verdictOn = (tries: InjectionFacts): Finding => {
  const vulnerable = tries.find(({ outcome }) => outcome === 'vulnerable');
  if (vulnerable !== undefined)
    return fail(
      `plaintext sent ${deliveryOf(vulnerable)} is executed inside TLS${limitOf(vulnerable)}: ${vulnerable.detail}`,
      { proof: vulnerable.line },
    );
  const odd = tries.find(({ outcome }) => outcome === 'probable');
  if (odd !== undefined)
    return warn(
      `plaintext sent ${DELIVERIES[odd.delivery]} has an effect inside TLS${limitOf(odd)}, but a second try did not confirm it: ${odd.detail}`,
      { severity: 'high', proof: odd.line },
    );
  const early = tries.find(({ outcome }) => outcome === 'processed-in-clear');
  if (early !== undefined)
    return warn(`what is sent ${deliveryOf(early)} is ${early.detail}; it does not reach into TLS`, {
      severity: 'low',
    });
  const unclear = tries.find(({ outcome }) => outcome === 'unclear');
  if (unclear !== undefined || tries.length === 0) return inconclusive(unclear?.detail ?? 'nothing was tried');
  const outcomes = new Set(
    tries.map(
      ({ version, outcome, detail }) =>
        `${version === 'TLSv1.2' ? 'at most TLS 1.2' : 'TLS 1.2 or 1.3'}: ${outcome.replaceAll('-', ' ')} (${detail})`,
    ),
  );
  return pass([...outcomes].join('; '));
};

/** One of the two ways in which what was sent in clear gets into TLS. */
const defineInjection = (
  frame: Pick<Check, 'id' | 'title' | 'why' | 'cve' | 'remedy' | 'covers' | 'depth' | 'protocols'> & {
    readonly flaw: ServerFlaw;
  },
  needed: typeof lineInjection,
): Check =>
  defineCheck({
    ...frame,
    references: ['RFC 3207 §4', 'RFC 9051 §6.2.1', 'RFC 2595 §4', 'RFC 5804 §2.2'],
    cwe: ['CWE-74', 'CWE-349'],
    severity: 'critical',
    intrusiveness: 'standard',
    logLines:
      'Postfix 3.9 and later: one line "improper command pipelining after STARTTLS" for each try, which fail2ban counts; Dovecot and older Postfix: nothing that it counts',
    modes: ['starttls'],
    needs: { tries: needed },
    judge: ({ tries }) => verdictOn(tries),
    byHand: 'not with common tools',
    examples: (
      [
        [['discarded', 'closed'], 'pass'],
        [['discarded', 'vulnerable'], 'fail'],
        [['probable'], 'warn'],
        [['processed-in-clear'], 'warn'],
        [['unclear'], 'inconclusive'],
        [['rejected', 'fed-to-tls'], 'pass'],
        [[], 'inconclusive'],
      ] as const
    ).map(([outcomes, then]) => ({
      given: {
        tries: outcomes.map((outcome) => ({
          version: 'TLSv1.3' as const,
          delivery: 'with-starttls' as const,
          outcome,
          detail: 'x',
        })),
      },
      then,
    })),
  });

const deliveryOf = ({ delivery, octets }: InjectionTry): string =>
  `${octets === undefined ? '' : `(${String(octets)} octets) `}${DELIVERIES[delivery]}`;

const DELIVERIES = {
  'with-starttls': 'together with STARTTLS',
  'behind-starttls': 'right behind STARTTLS',
  'in-octets': 'behind STARTTLS, octet by octet,',
  'after-go-ahead': 'between the go-ahead and TLS',
} as const;

export default [
  defineInjection(
    {
      id: 'injection-full-line',
      title: 'A command that was sent in clear with STARTTLS is not executed inside TLS',
      why: "An attacker adds a command directly after the victim's STARTTLS. A server that executes it inside TLS treats it as the victim's own: passwords and mail can be stolen.",
      cve: ['CVE-2011-0411', 'CVE-2021-33515', 'CVE-2021-38084', 'CVE-2021-38371'],
      remedy: {
        'any server': 'update the server: it must empty its receive buffer when TLS starts',
        postfix: '2.4.16, 2.5.12, 2.6.9, 2.7.3 or later',
        aiosmtpd: '1.4.6 or later',
      },
      flaw: { name: 'executes lines from before TLS', server: { tamper: keepsLines } },
      covers: ['srv-inject-fullline', 'srv-inject-late', 'srv-inject-two-writes'],
    },
    lineInjection,
  ),
  defineInjection(
    {
      id: 'injection-partial-line',
      title: 'Half a command that was sent in clear with STARTTLS is not used inside TLS',
      why: "An attacker adds the beginning of a command directly after the victim's STARTTLS. The server joins it to the victim's first command inside TLS, whose meaning it changes.",
      cve: [],
      remedy: {
        'any server': 'update the server: it must empty its receive buffer when TLS starts',
        'smtp-server (npm)': '3.21.6 or later',
        aiosmtpd: '1.4.6 or later',
      },
      flaw: { name: 'keeps a fragment from before TLS', server: { tamper: keepsFragment } },
      covers: ['srv-inject-partial'],
    },
    fragmentInjection,
  ),
  defineInjection(
    {
      id: 'injection-several-lines',
      title: 'None of many commands that were sent in clear with STARTTLS is executed inside TLS',
      why: 'A server may empty one buffer and forget a second one into which it has already read. It executes the commands in the second one inside TLS, as if the victim had sent them.',
      cve: ['CVE-2011-0411'],
      depth: 'full',
      remedy: { 'any server': 'update the server: when TLS starts, it must forget everything that it received before' },
      flaw: { name: 'executes lines from before TLS', server: { tamper: keepsLines } },
      covers: ['srv-inject-multi'],
    },
    severalLinesInjection,
  ),
  defineInjection(
    {
      id: 'injection-literal',
      title: 'A literal that was begun in clear with STARTTLS does not go on inside TLS',
      why: "The victim's first command inside TLS becomes the contents of a literal in the attacker's command.",
      cve: [],
      depth: 'full',
      protocols: protocolsWhere(({ inspection }) => inspection.unfinished !== undefined),
      remedy: { 'any server': 'update it: the parser must begin anew when TLS starts' },
      flaw: { name: 'keeps what came before TLS', server: { tamper: keepsAll } },
      covers: ['srv-inject-literal'],
    },
    literalInjection,
  ),
];
