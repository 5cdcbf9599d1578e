import { measurableHandshake } from './dialogue.js';
import { isServed } from './failed-handshake.js';
import type { ProbeContext } from './probe.js';

/** Whether the dialogue's handshake succeeded; there is nothing to see where TLS is not offered. */
export const hasHandshake = async (context: ProbeContext): Promise<boolean> => {
  const { handshake } = await measurableHandshake(context);
  return isServed(handshake);
};
