/**
 * Our own sentences made safe for a terminal. What peers said is escaped byte by byte where it is quoted; this catches what a hostile
 * recording or file may have put into a sentence: control characters, and marks that reorder or hide text.
 */
export const escaped = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** A value as JSON in which controls, and marks that reorder or hide text, are escaped too: JSON itself escapes only some of them. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
