import type { Command, Protocol } from '../protocols/protocol.js';

/** Grammar knows what the command is about. Any other line may be a secret: a password that was said where none was due. */
export const isKnown = ({ verb, moment }: Command, { secrecy }: Pick<Protocol, 'secrecy'>): boolean =>
  verb !== '' && (moment !== 'other' || secrecy.harmless.has(verb) || secrecy.envelope.has(verb));

/** The command says something where grammar expects nothing, a number or a word of its own. */
export const hasStrangeArguments = ({ verb, moment, args }: Command, { secrecy }: Pick<Protocol, 'secrecy'>): boolean =>
  moment !== 'login' &&
  !secrecy.named.has(verb) &&
  args.some((argument) => !/^\d{0,6}$/.test(argument) && !secrecy.words.has(argument.toUpperCase()));
