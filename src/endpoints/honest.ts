import protocols from '../protocols/index.js';
import { MECHANISMS_WITHOUT_PASSWORD, RARE_MECHANISMS } from '../protocols/sasl.js';
import type { Offer, ProtocolName, ServerSettings } from '../protocols/protocol.js';
import type { Canaries } from '../verdict/canaries.js';

/**
 * What an honest server offers besides the usual logins: `rare` those that few clients insist on; `all` also those without a
 * password (EXTERNAL, GSSAPI), and before TLS whatever it offers inside, for a client that goes by the list from before TLS.
 */
export type OtherLogins = 'rare' | 'all';

/** What an honest server offers inside TLS: logins that real clients use, and few extensions. */
export const honestInside = (protocol: ProtocolName, others?: OtherLogins): Offer => ({
  upgrade: false,
  logins: [
    ...protocols[protocol].honest.logins,
    ...(others === undefined ? [] : [...RARE_MECHANISMS, ...(protocols[protocol].honest.greetingLogins ?? [])]),
    ...(others === 'all' ? MECHANISMS_WITHOUT_PASSWORD : []),
  ],
  loginDisabled: false,
  extensions: [...protocols[protocol].honest.extensions],
});

/** What an honest server offers outside TLS, whose offer inside is given: the upgrade, and with others than the usual logins what clients look for there. */
const honestOutside = (protocol: ProtocolName, inside: Offer, others?: OtherLogins): Offer => ({
  upgrade: true,
  logins:
    others === 'all' ? inside.logins : others === 'rare' ? [...(protocols[protocol].honest.greetingLogins ?? [])] : [],
  loginDisabled: others === 'all' ? inside.loginDisabled : protocols[protocol].honest.saysLoginDisabled,
  extensions: inside.extensions,
});

/** Settings of an honest server for one visit; `plaintext: 'served'` offers and accepts logins outside TLS too. */
export const honestSettings = (
  protocol: ProtocolName,
  canaries: Canaries,
  options: {
    readonly inside?: Offer;
    readonly plaintext: 'served' | 'refused';
    readonly relay?: boolean;
    /** Logins that few clients insist on are offered too. */
    readonly otherLogins?: OtherLogins;
  },
): ServerSettings => {
  const inside = options.inside ?? honestInside(protocol, options.otherLogins);
  const outside =
    options.plaintext === 'served'
      ? { ...inside, upgrade: true }
      : honestOutside(protocol, inside, options.otherLogins);
  return {
    account: { user: canaries.user, password: canaries.password, token: canaries.token },
    hostname: 'mail.lab.test',
    message: mailboxMessage(canaries),
    outside,
    inside,
    acceptsLoginOutside: options.plaintext === 'served',
    relay: options.relay ?? false,
    mailWithoutLogin: true,
    nonce: canaries.nonce,
  };
};

/** The message that waits in the mailbox. */
export const mailboxMessage = (canaries: Canaries): Buffer =>
  Buffer.from(
    [
      'From: Lab <lab@lab.test>',
      `To: <${canaries.user}@lab.test>`,
      `Subject: ${canaries.mailbox}`,
      'Date: Thu, 01 Jan 2026 12:00:00 +0000',
      `Message-ID: <${canaries.mailbox}@lab.test>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
      '',
      `This message waits in the mailbox of the visit: ${canaries.mailbox}`,
      '',
    ].join('\r\n'),
    'latin1',
  );
