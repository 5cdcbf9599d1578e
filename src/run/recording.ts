import { maskVisit, type Masking } from '../verdict/mask.js';
import type { Visit } from '../verdict/visit.js';
import type { Recording } from '../wire/recording.js';

/** A visit as a document of its own; secrets that are not its canaries are masked, unless `masking` says otherwise. */
export const recordingOf = (visit: Visit, version: string, masking: Masking): Recording => {
  const { visit: masked, masks } = maskVisit(visit, masking);
  return { schema: 'urn:waxseal:recording:1', version, masked: masks, visit: structuredClone(masked) as Recording['visit'] };
};

/** The visit of a recording, ready to be judged again. */
export const visitOf = (recording: Recording): Visit => recording.visit;
