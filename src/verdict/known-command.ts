import type { Command, Protocol } from '../protocols/protocol.js';

/** Grammar knows what the command is about. Any other line may be a secret: a password that was said where none was due. */
export const isKnown = ({ verb, moment }: Command, { secrecy }: Pick<Protocol, 'secrecy'>): boolean =>
  verb !== '' && (moment !== 'other' || secrecy.harmless.has(verb) || secrecy.envelope.has(verb));
