/** Each letter is replaced by the one that stands thirteen places away. */
export const rot13 = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    return String.fromCharCode((code & 0x1f) <= 13 ? code + 13 : code - 13);
  });
