import { WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import type { Detection } from './detections.js';

/** The ports on which a protocol is spoken in clear first. */
export const portsOf = ({ protocol }: Pick<Detection, 'protocol'>): number[] =>
  WELL_KNOWN_PORTS.filter((each) => each.protocol === protocol && each.tls === 'starttls').flatMap(
    ({ port, alternatives = [] }) => [port, ...alternatives],
  );

/** The RFC whose rule is broken, by what was seen. */
export const sourcesOf = ({ after, marks, scenarios }: Detection): readonly string[] => {
  if (marks !== undefined) return [];
  if (scenarios.includes('starttls-response-injection')) return ['cve,2021-38371', 'cve,2021-33515'];
  if (scenarios.length === 0) return ['cve,2011-0411'];
  return after === undefined
    ? ['url,www.rfc-editor.org/rfc/rfc8314#section-4.1']
    : ['url,www.rfc-editor.org/rfc/rfc3207#section-6'];
};
