import { element, type DerElement } from './der.js';

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

/** A time as certificates have it: with two digits for the year until 2049, whole seconds. */
export const derTimeText = (time: Date): Buffer => {
  const digits = time.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return time.getUTCFullYear() < 2050
    ? element(UTC_TIME, Buffer.from(`${digits.slice(2)}Z`, 'latin1'))
    : element(GENERALIZED_TIME, Buffer.from(`${digits}Z`, 'latin1'));
};

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
