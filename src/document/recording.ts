import type { Visit } from '../verdict/visit.js';
import type { Mask, Recording } from '../verdict/recording.js';
import { toolVersion } from './version.js';

/** A visit, masked already, as a document of its own. */
export const recordingOf = (visit: Visit, masked: readonly Mask[]): Recording => ({
  schema: 'urn:waxseal:recording:2',
  version: toolVersion(),
  masked: [...masked],
  visit: structuredClone(visit),
});

/** The visit of a recording, ready to be judged again. */
export const visitOf = (recording: Recording): Visit => recording.visit;
