import type { DoorDetails } from '../probes/door-details.js';
import { info, type Finding } from './check.js';

/** What depth `full` found different between two doors: all of it is for information, since what is weak is found by other checks. */
export const detailDifferences = (own: DoorDetails, other: DoorDetails): Finding[] =>
  [
    ...Object.keys(own.suites ?? {}).map((version) =>
      setDifference(`suites of ${version.replace('TLSv', 'TLS ')}`, own, other, ({ suites }) => suites?.[version]),
    ),
    setDifference('groups of TLS 1.3', own, other, ({ groups }) => groups?.tls13),
    setDifference('groups up to TLS 1.2', own, other, ({ groups }) => groups?.older),
    setDifference('capabilities', own, other, ({ capabilities }) => capabilities),
    alpnDifference(own, other),
  ].filter((each) => each !== undefined);

/** One that has none of them has no such version, or was not seen to have one: other checks say that. */
const setDifference = (
  what: string,
  own: DoorDetails,
  other: DoorDetails,
  of: (door: DoorDetails) => readonly string[] | undefined,
): Finding | undefined => {
  const [a = [], b = []] = [of(own), of(other)];
  if (a.length === 0 || b.length === 0) return undefined;
  const [only, otherOnly] = [a.filter((each) => !b.includes(each)), b.filter((each) => !a.includes(each))];
  const parts = [[own, only] as const, [other, otherOnly] as const].flatMap(([{ where }, names]) =>
    names.length === 0 ? [] : [`${names.join(', ')} on ${where} only`],
  );
  if (parts.length === 0) return undefined;
  const isTls = what !== 'capabilities';
  const stricter = only.length === 0 ? own : otherOnly.length === 0 ? other : undefined;
  return info(
    `${what}: ${parts.join(', ')}${isTls && stricter !== undefined ? ` (${stricter.where} is the stricter one)` : ''}`,
  );
};

const alpnDifference = (own: DoorDetails, other: DoorDetails): Finding | undefined =>
  own.alpn === undefined || other.alpn === undefined || own.alpn === other.alpn
    ? undefined
    : info(`protocol chosen by ALPN: ${own.alpn} on ${own.where}, ${other.alpn} on ${other.where}`);
