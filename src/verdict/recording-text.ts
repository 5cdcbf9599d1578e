import type { Recording } from './recording.js';

/** Canonical JSON: sorted keys, ASCII only, one line end at the end; equal recordings are equal bytes. */
export const serializeRecording = (recording: Recording): string =>
  `${JSON.stringify(sorted(recording), undefined, 1).replace(/[^\x00-\x7e]|\x7f/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
};
