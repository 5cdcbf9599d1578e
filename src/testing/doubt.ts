import type { Judgement } from '../verdict/judgement.js';

/** The judgement of what could not be observed, with the reason. */
export const doubt = (because: string): Judgement => ({ status: 'inconclusive', because, leaked: [], evidence: [] });

export const INTERRUPTED = 'the session was interrupted';
