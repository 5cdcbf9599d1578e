import type { Detection, State } from './detections.js';

/** A segment of a connection. */
export interface SeenSegment {
  readonly from: 'client' | 'server';
  /** Latin1. */
  readonly data: string;
}

/** The ids of the detections that report something on a connection, as a sensor with memory would find them, in order. */
export const reported = (
  detections: readonly Detection[],
  protocol: Detection['protocol'],
  segments: Iterable<SeenSegment>,
): string[] => {
  const own = detections.filter((each) => each.protocol === protocol);
  const states = new Set<State>();
  const found = new Set<string>();
  for (const { from, data } of segments) {
    if (from === 'client' && data.startsWith('\x16\x03')) states.delete('go-ahead');
    const matching = own.filter(
      (each) =>
        each.from === from &&
        (each.after === undefined || states.has(each.after)) &&
        new RegExp(`^(?:${each.pattern})`, 'i').test(data),
    );
    for (const { id, marks } of matching)
      if (marks === undefined) found.add(id);
      else states.add(marks);
  }
  return [...found];
};
