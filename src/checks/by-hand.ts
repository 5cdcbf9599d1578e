import { LOGIN_COMMAND, WITH_RESPONSE } from '../probes/plaintext-login.js';
import protocols from '../protocols/index.js';
import type { Protocol, ProtocolName } from '../protocols/protocol.js';

// What to type, line by line, to see what a check sees: in clear with curl’s telnet://, inside TLS with openssl s_client.

type Words = (protocol: ProtocolName) => readonly string[];

/** The capability list. */
export const asksCapabilities: Words = (name) => conversation(name, () => []);

/** STARTTLS after the capability list. */
export const asksUpgrade: Words = (name) => conversation(name, ({ say }) => [say.upgrade('b')]);

/** STARTTLS with a parameter that it does not have. */
export const asksUpgradeWithParameter: Words = (name) =>
  conversation(name, ({ say, inspection }) => [`${text(say.upgrade('b'))} ${inspection.parameter}`]);

/** The beginning of a login, given up before a password is sent. */
export const logsIn: Words = (name) =>
  conversation(name, ({ say, inspection: { plaintextLogins, userFirst } }) => [
    say.login('c', plaintextLogins[0], NOBODY),
    ...(userFirst ? [] : [say.cancel()]),
  ]);

/** A login by the mechanism of a `PlaintextLogin`, given up when the server asks for the secret; a password that is sent at once is nobody’s. */
export const logsInBy =
  (tried: string): Words =>
  (name) =>
    conversation(name, ({ say }) => {
      const mechanism = tried.replace(WITH_RESPONSE, '');
      const account = { ...NOBODY, password: 'secret' };
      const response = mechanism === tried ? undefined : Buffer.from(`\0${account.user}\0secret`).toString('base64');
      const isAsked = response === undefined && mechanism !== 'USER/PASS' && mechanism !== LOGIN_COMMAND;
      return [say.login('c', mechanism, account, response), ...(isAsked ? [say.cancel()] : [])];
    });

/** What needs TLS and a login. */
export const asksForService: Words = (name) => conversation(name, ({ inspection }) => [inspection.service.say('d')]);

/** The beginning of a mail: its sender and a recipient. */
export const beginsMailInClear: Words = (name) =>
  conversation(name, ({ inspection: { service, transaction } }) => [
    service.say('d'),
    ...(transaction === undefined ? [] : [transaction.next]),
  ]);

/** STARTTLS once more. */
export const asksUpgradeAgain: Words = (name) => {
  const { say } = protocols[name];
  return [say.upgrade('b'), say.quit('z')].map(text);
};

/** The capability list alone, without goodbye before it. */
export const asksCapabilitiesInside: Words = (name) => {
  const { say } = protocols[name];
  return [say.capabilities('a', 'me.invalid'), say.quit('z')].map(text);
};

/** Mail, without a greeting before it. */
export const beginsMail: Words = (name) => {
  const { say, inspection } = protocols[name];
  return [inspection.service.say('d'), say.quit('z')].map(text);
};

/** Nothing: what comes was not asked for. */
export const saysNothing: Words = () => [];

/** Nothing but goodbye: the greeting says it all. */
export const takesLeave: Words = (name) => [text(protocols[name].say.quit('z'))];

const conversation = (name: ProtocolName, middle: (protocol: Protocol) => readonly (Buffer | string)[]): string[] => {
  const protocol = protocols[name];
  // Where the server gives its list unasked, nobody has to ask.
  const first = protocol.speaksFirstAfterUpgrade ? [] : [protocol.say.capabilities('a', 'me.invalid')];
  return [...first, ...middle(protocol), protocol.say.quit('z')].map(text);
};

const text = (line: Buffer | string): string => line.toString('latin1').trimEnd();

const NOBODY = { user: 'nobody', password: '', token: '' };
