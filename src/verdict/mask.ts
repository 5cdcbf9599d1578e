import type { Mask } from '../wire/recording.js';
import type { Visit } from './visit.js';

/** How secrets that are not canaries are kept out of what is stored. */
export interface Masking {
  /** `keep` for labs only. */
  readonly secrets: 'mask' | 'keep';
  /** Key of the fingerprints; thrown away with the session. */
  readonly key: Buffer;
}

/** The visit as it may be stored, and what was overwritten in it. */
export const maskVisit = (visit: Visit, _masking: Masking): { readonly visit: Visit; readonly masks: Mask[] } => ({ visit, masks: [] });
