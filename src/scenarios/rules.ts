import { hangUp, onSilence, send, type Action, type Tamper, type TamperRule } from '../endpoints/tamper.js';
import { fromBase64, latin1 } from '../protocols/text.js';
import { ALL_PROTOCOLS } from '../protocols/port-roles.js';
import type { ClientUnit, Command, ForgedReply, Forgeries, Protocol, ProtocolName } from '../protocols/protocol.js';
import { pauseFor } from '../verdict/pace.js';
import type { ControlFacts } from '../verdict/visit.js';

/** The honest in-TLS list without the upgrade: logins offered, LOGINDISABLED gone (verdicts.md, "Stripping"). */
export const withoutUpgrade: TamperRule = ({ protocol, insideOffer, inside }, next) =>
  inside
    ? next()
    : next((honest) =>
        protocol.rewriteOffer(honest, { upgrade: false, logins: insideOffer.logins, loginDisabled: false }),
      );

/** The upgrade is refused as by a server that does not know it. */
export const refusingUpgrade: TamperRule = ({ protocol, unit, inside }, next) =>
  inside ? next() : [send(protocol.answers.refuse(commandOf(unit), 'bad', 'Command not available'))];

/**
 * A goodbye after which the server closes, as servers do, and as some clients wait for it (mbsync). It is in no hurry: who goes on in
 * spite of the goodbye is listened to, for longer where its control shows that it is slow.
 */
export const goodbye = (words: Buffer, control: ControlFacts | undefined): readonly Action[] => [
  send(words),
  onSilence(pauseFor(Math.max(control?.pace ?? 0, control?.paceInClear ?? 0), LINGERS, LONGEST), [hangUp]),
];

/** Milliseconds. */
const LINGERS = 4000;
const LONGEST = 16_000;

/** Nothing is left of the upgrade: neither the offer nor the command. */
export const stripped = {
  greeting: withoutUpgrade,
  capabilities: withoutUpgrade,
  starttls: refusingUpgrade,
} satisfies Tamper;

/** The command of a unit, where it is one. */
export const commandOf = (unit: { readonly kind: string } | undefined): Command | undefined =>
  unit?.kind === 'command' ? (unit as Command) : undefined;

/** The client asks who is there, in a way that is answered without a list (SMTP's HELO). */
export const asksForNoList = ({ listVerbs }: Protocol, command: Command | undefined): boolean =>
  command !== undefined && listVerbs?.has(command.verb) === false;

/** The verb of words of a client; empty where they have none. */
export const verbIn = (protocol: Protocol, words: Buffer): string => {
  const { value } = protocol.readCommand(words, 0) ?? {};
  return value !== undefined && 'verb' in value ? value.verb : '';
};

/** Inside TLS the list is as the scenario's `inside` has it, in both seats: a real server knows nothing of it. */
export const listedInside: TamperRule = ({ protocol, insideOffer: { logins, loginDisabled }, inside }, next) =>
  inside ? next((honest) => protocol.rewriteOffer(honest, { logins, loginDisabled })) : next();

/** The same login with another secret, of the same length: it is refused as a wrong password is. What holds no secret stays as it is. */
export const withWrongSecret = (unit: ClientUnit, protocol: Protocol): ClientUnit => {
  if (!('secrets' in unit)) return unit;
  const [secret] = unit.secrets.filter(({ class: kind }) => CREDENTIALS.has(kind));
  if (secret === undefined) return unit;
  const raw = Buffer.from(unit.raw);
  raw.write(wrong(raw.toString('latin1', secret.start, secret.end)), secret.start, 'latin1');
  if (unit.kind !== 'command') return { ...unit, raw };
  const read = protocol.readCommand(raw, ALL_LITERALS);
  return read?.value.kind === 'command' ? read.value : unit;
};

/** A SASL message in base64 differs in its last byte, where its password or proof ends; anything else in its last character. */
const wrong = (secret: string): string => {
  const message = fromBase64(secret);
  const changed = message === undefined ? Buffer.alloc(0) : Buffer.from(message);
  const last = changed.length - 1;
  if (last > 0) {
    changed[last] = (changed[last] ?? 0) ^ 1;
    const text = changed.toString('base64');
    if (text.length === secret.length) return text;
  }
  const end = secret.length - (secret.endsWith('"') ? 2 : 1);
  return `${secret.slice(0, end)}${secret[end] === 'x' ? 'y' : 'x'}${secret.slice(end + 1)}`;
};

const CREDENTIALS: ReadonlySet<string> = new Set(['password', 'token', 'authenticator']);
const ALL_LITERALS = 100;

/** A reply line as given, `TAG` replaced by the command's tag. */
export const line = (text: string, to: Command | undefined): Buffer =>
  latin1(`${text.replace('TAG', to?.tag ?? '*')}\r\n`);

/** A case for every forged reply of every protocol. */
export const forgedReplies = <R extends ForgedReply>(
  of: (forgeries: Forgeries) => readonly R[],
): (R & { readonly protocols: readonly ProtocolName[] })[] =>
  ALL_PROTOCOLS.flatMap(({ name, forgeries }) => of(forgeries).map((row) => ({ ...row, protocols: [name] })));

/** The tag that the client will use after `tag`: as in its control, else by counting on. */
export const nextTag = (tag: string, known: readonly string[] = []): string => {
  const following = known[known.indexOf(tag) + 1];
  if (known.includes(tag) && following !== undefined) return following;
  const [, head = '', digits] = /^(.*?)(\d+)$/.exec(tag) ?? [];
  if (digits !== undefined) return head + String(Number(digits) + 1).padStart(digits.length, '0');
  // Tags that count in letters or hexadecimal: the last character's successor.
  const last = tag.at(-1) ?? 'A';
  return tag.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1);
};
