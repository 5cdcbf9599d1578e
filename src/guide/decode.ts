import { Fault } from '../fault.js';

/** The text of a guide: UTF-8, UTF-16 with a mark, or Windows’ 8-bit set; the XML of a signed profile. Throws `CORRUPT_RECORDING` for what is no text. */
export const guideText = (bytes: Buffer): string => {
  if (bytes.subarray(0, 8).toString('latin1') === 'bplist00')
    throw unreadable('it is a binary property list; plutil -convert xml1 FILE makes it readable');
  const start = bytes.indexOf('<?xml');
  // A signed .mobileconfig is DER (SignedData) around the profile.
  if (bytes[0] === 0x30 && start > 0) {
    const end = bytes.indexOf('</plist>', start);
    if (end > start) return decoded(bytes.subarray(start, end + '</plist>'.length));
  }
  const text = decoded(bytes);
  // Text holds hardly any control characters, whatever its language.
  const odd = text.slice(0, SAMPLE).match(/[\0-\x08\x0e-\x1a\x1c-\x1f]/g)?.length ?? 0;
  if (odd > 0 && odd * 50 > Math.min(text.length, SAMPLE)) throw unreadable('it is no text');
  return text;
};

const decoded = (bytes: Buffer): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
};

const unreadable = (why: string): Fault => new Fault('CORRUPT_RECORDING', why);

/** Characters that are looked at. */
const SAMPLE = 4000;
