import type { DerElement } from './der.js';

/** A UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5, which are UTC; undefined where it is none. */
export const derTime = (element: DerElement | undefined): Date | undefined => {
  const text = element?.contents.toString('latin1') ?? '';
  const [, year = '', rest = ''] = /^(\d{2}|\d{4})(\d{10})(?:\.\d+)?Z$/.exec(text) ?? [];
  const isShort = element?.tag === UTC_TIME && year.length === 2;
  if (!isShort && (element?.tag !== GENERALIZED_TIME || year.length !== 4)) return undefined;
  // Two digits stand for 1950 to 2049.
  const full = isShort ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (rest.match(/../g) ?? []).map(Number);
  const time = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
  return Number.isNaN(time.getTime()) ? undefined : time;
};

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
