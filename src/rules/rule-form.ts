import type { Detection } from './detections.js';

/** The languages of rules, as in `waxseal rules ID`. */
export const RULE_FORM_IDS = ['suricata', 'zeek', 'tshark'] as const;

/** A language that detections are written in. */
export interface RuleForm {
  readonly id: (typeof RULE_FORM_IDS)[number];
  readonly title: string;
  readonly render: (detections: readonly Detection[], version: string) => string;
}
