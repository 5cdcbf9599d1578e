import { send, type TamperRule } from '../endpoints/tamper.js';
import type { Command } from '../protocols/protocol.js';

/** The honest in-TLS list without the upgrade: logins offered, LOGINDISABLED gone (verdicts.md, "Stripping"). */
export const withoutUpgrade: TamperRule = ({ protocol, insideOffer, inside }, next) =>
  inside ? next() : next((honest) => protocol.rewriteOffer(honest, { upgrade: false, logins: insideOffer.logins, loginDisabled: false }));

/** The upgrade is refused as by a server that does not know it. */
export const refusingUpgrade: TamperRule = ({ protocol, unit }) => [send(protocol.answers.refuse(commandOf(unit), 'bad', 'Command not available'))];

/** The command of a unit, where it is one. */
export const commandOf = (unit: { readonly kind: string } | undefined): Command | undefined => (unit?.kind === 'command' ? (unit as Command) : undefined);
