import type { Visit } from '../verdict/visit.js';
import type { Mask, Recording } from '../wire/recording.js';

/** A visit, masked already, as a document of its own. */
export const recordingOf = (visit: Visit, version: string, masked: readonly Mask[]): Recording => ({
  schema: 'urn:waxseal:recording:1',
  version,
  masked: [...masked],
  visit: structuredClone(visit) as Recording['visit'],
});

/** The visit of a recording, ready to be judged again. */
export const visitOf = (recording: Recording): Visit => recording.visit;
