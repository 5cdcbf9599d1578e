import { SERVICES } from '../knowledge/services.js';

/** The protocols of the table of services, each once. */
export const SPOKEN: readonly string[] = [...new Set(SERVICES.map(({ speaks }) => speaks))];
