import type { Truth } from './row.js';

/** What was found when a surprising verdict was looked at. */
const truths: readonly Truth[] = [];
export default truths;
