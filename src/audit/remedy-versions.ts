/**
 * Settings that changed their names with a version (`dovecot 2.3`, `dovecot 2.4`) as one remedy: the form of the version that the
 * server tells, or all forms where it tells none.
 */
export const joinedVersions = (remedy: Readonly<Record<string, string>>, banner: string): Record<string, string> => {
  const joined = new Map<string, string>();
  for (const [addressee, text] of Object.entries(remedy)) {
    const { software, version } = named(addressee);
    const forms = version === undefined ? [] : formsOf(remedy, software);
    if (forms.length < 2) joined.set(addressee, text);
    else for (const [key, words] of oneRemedy(software, forms, toldVersion(software, banner))) joined.set(key, words);
  }
  return Object.fromEntries(joined);
};

interface Form {
  readonly version: string;
  readonly text: string;
}

const named = (addressee: string): { readonly software: string; readonly version?: string } => {
  const [, software = addressee, version] = /^(.+) (\d+\.\d+)$/.exec(addressee) ?? [];
  return { software, ...(version !== undefined && { version }) };
};

/** Oldest first. */
const formsOf = (remedy: Readonly<Record<string, string>>, name: string): Form[] =>
  Object.entries(remedy)
    .flatMap(([addressee, text]) => {
      const { software, version } = named(addressee);
      return software === name && version !== undefined ? [{ version, text }] : [];
    })
    .sort((a, b) => compared(a.version, b.version));

const oneRemedy = (
  software: string,
  forms: readonly Form[],
  told: string | undefined,
): readonly (readonly [addressee: string, text: string])[] => {
  if (told !== undefined) {
    // Older ones than all that are listed had the oldest form.
    const form = forms.findLast(({ version }) => compared(version, told) <= 0) ?? forms[0];
    return form === undefined ? [] : [[`${software} ${form.version}`, form.text]];
  }
  const texts = new Set(forms.map(({ text }) => text));
  const [only = ''] = texts;
  return [
    [
      software,
      texts.size === 1
        ? only
        : forms.map(({ version, text }, index) => (index === 0 ? text : `from ${version} on ${text}`)).join('; '),
    ],
  ];
};

const toldVersion = (software: string, banner: string): string | undefined =>
  new RegExp(`\\b${software}[ /]v?(\\d+\\.\\d+)`, 'i').exec(banner)?.[1];

const compared = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
