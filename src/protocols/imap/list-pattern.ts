/**
 * Whether a name matches a LIST pattern with `*` and `%` (RFC 9051 §6.3.9). It looks at all prefixes of the name that the pattern
 * reaches so far: work is pattern × name, never more.
 */
export const matchesPattern = (name: string, pattern: string): boolean => {
  let reached = new Set([0]);
  for (const char of pattern.slice(0, 1024)) {
    const next = new Set<number>();
    for (const position of reached) {
      if (char !== '*' && char !== '%') {
        if (name.charAt(position) === char) next.add(position + 1);
        continue;
      }
      next.add(position);
      for (
        let end = position;
        end < name.length && !next.has(end + 1) && (char === '*' || name.charAt(end) !== '/');
        end += 1
      )
        next.add(end + 1);
    }
    reached = next;
  }
  return reached.has(name.length);
};
