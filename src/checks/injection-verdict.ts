import type { InjectionFacts } from '../probes/injection.js';
import { fail, inconclusive, pass, warn, type Judgement } from './check.js';

/** What the tries mean together: one that is vulnerable is enough, and `pass` needs all of them clear. */
export const injectionVerdict = (tries: InjectionFacts): Judgement => {
  const vulnerable = tries.find(({ outcome }) => outcome === 'vulnerable');
  if (vulnerable !== undefined)
    return fail(`plaintext sent with STARTTLS is executed inside TLS (${vulnerable.version}): ${vulnerable.detail}`, {
      ...(vulnerable.line !== undefined && { quote: vulnerable.line }),
      quotedInside: true,
    });
  const odd = tries.find(({ outcome }) => outcome === 'probable');
  if (odd !== undefined)
    return warn(
      `plaintext sent with STARTTLS has an effect inside TLS (${odd.version}), but a second try did not confirm it: ${odd.detail}`,
      { severity: 'high' },
    );
  const early = tries.find(({ outcome }) => outcome === 'processed-in-clear');
  if (early !== undefined)
    return warn(`what is sent after STARTTLS is ${early.detail}; it does not reach into TLS`, { severity: 'low' });
  const unclear = tries.find(({ outcome }) => outcome === 'unclear');
  if (unclear !== undefined || tries.length === 0) return inconclusive(unclear?.detail ?? 'nothing was tried');
  return pass(
    tries.map(({ version, outcome, detail }) => `${version}: ${outcome.replaceAll('-', ' ')} (${detail})`).join('; '),
  );
};
