import type { Wire } from '../wire/wire.js';

/** Says goodbye to a real server; the socket is freed soon after, whatever the server does. */
export const farewell = (wire: Wire): void => {
  wire.end('client');
  if (wire.ended) wire.destroy();
  else
    setTimeout(() => {
      wire.destroy();
    }, FAREWELL).unref();
};

/** Milliseconds. */
const FAREWELL = 1000;
