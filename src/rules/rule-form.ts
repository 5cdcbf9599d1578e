import type { Detection } from './detections.js';

/** A language that detections are written in. */
export interface RuleForm {
  /** As in `waxseal rules ID`. */
  readonly id: string;
  readonly title: string;
  readonly render: (detections: readonly Detection[], version: string) => string;
}
