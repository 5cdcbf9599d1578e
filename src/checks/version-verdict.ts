import { isOpportunistic } from '../probes/listener.js';
import type { VersionFacts } from '../probes/versions.js';
import { fail, inconclusive, info, pass, type Judgement, type Subject } from './check.js';

/** What it means that an outdated version is accepted, or not. */
export const oldVersionVerdict = (
  name: string,
  { accepted, detail, control }: VersionFacts,
  subject: Subject,
): Judgement => {
  if (accepted) {
    // A relay that refuses old versions gets the same mail in the clear.
    return isOpportunistic(subject)
      ? info(`${name} is accepted; between servers old TLS is still better than none`)
      : fail(`${name} is accepted`);
  }
  return control
    ? pass(`${name} is refused (${detail})`)
    : inconclusive(`${name} was refused (${detail}), but so was everything else`);
};
