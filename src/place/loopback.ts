import type { Place } from './place.js';

/** The place `loopback`: free ports of 127.0.0.1 and ::1 under the name `localhost`; works everywhere. */
export const loopback: Place = {
  name: 'loopback',
  provides: [],
  site: () => ({ host: 'localhost', addresses: ['127.0.0.1', '::1'], port: () => 0, child: {} }),
};
