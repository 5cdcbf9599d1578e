import { Fault } from '../fault.js';
import type { Visit } from '../verdict/visit.js';
import type { Mask, Recording } from '../verdict/recording.js';
import { toolVersion } from './version.js';

/**
 * A visit, masked already, as a document of its own. It shares the entries, which nobody changes once they are made: to copy
 * those of hundreds of visits takes long, and nobody is served meanwhile. Lists that may still grow are its own.
 */
export const recordingOf = (visit: Visit, masked: readonly Mask[]): Recording => ({
  schema: 'urn:waxseal:recording:2',
  version: toolVersion(),
  masked: [...masked],
  visit: {
    ...visit,
    connections: visit.connections.map((each) => ({ ...each, entries: [...each.entries] })),
    hits: [...visit.hits],
  },
});

/** The visit of a recording, ready to be judged again; throws `CORRUPT_RECORDING` where a report holds only a part of it. */
export const visitOf = ({ leftOut, visit }: Recording): Visit => {
  if (leftOut !== undefined)
    throw new Fault(
      'CORRUPT_RECORDING',
      `${String(leftOut)} entries of this recording were left out of a report that would have been too large; judge the whole one, which --record DIR writes`,
    );
  return visit;
};
