/** What to change: for the software that the server says it is, else for every one that we know. */
export const remedyFor = (
  remedy: Readonly<Record<string, string>>,
  greeting: readonly string[],
): Record<string, string> => {
  const banner = greeting.join(' ').toLowerCase();
  const named = KNOWN.filter((software) => banner.includes(software));
  const fitting = Object.entries(remedy).filter(
    ([software]) =>
      !KNOWN.some((known) => software.toLowerCase().startsWith(known)) ||
      named.some((known) => software.toLowerCase().startsWith(known)),
  );
  // A remedy for other software only is still a hint of what to look for.
  return Object.fromEntries(named.length === 0 || fitting.length === 0 ? Object.entries(remedy) : fitting);
};

const KNOWN = ['postfix', 'dovecot', 'exim'];
