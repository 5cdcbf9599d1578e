/** Peer text made safe for any terminal or page: printable ASCII stays, every other byte becomes `\xNN`, line ends `\r \n`. */
export const printable = (text: string): string =>
  text.replace(/[^\x20-\x7e]|\\/g, (character) => {
    if (character === '\r') return '\\r';
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\\') return '\\\\';
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
