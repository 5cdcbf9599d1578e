import protocols from '../protocols/index.js';
import { RARE_MECHANISMS } from '../protocols/sasl.js';
import type { Offer, ProtocolName, ServerSettings } from '../protocols/protocol.js';
import type { Canaries } from '../verdict/canaries.js';

/** What an honest server offers inside TLS: logins that real clients use, and few extensions; `others` adds those that few clients know. */
export const honestInside = (protocol: ProtocolName, others = false): Offer => ({
  upgrade: false,
  logins: [
    ...protocols[protocol].honest.logins,
    ...(others ? [...RARE_MECHANISMS, ...(protocols[protocol].honest.greetingLogins ?? [])] : []),
  ],
  loginDisabled: false,
  extensions: [...protocols[protocol].honest.extensions],
});

/** What an honest server offers outside TLS: the upgrade, and no login but with `others` those that stand in the greeting. */
export const honestOutside = (protocol: ProtocolName, others = false): Offer => ({
  ...honestInside(protocol),
  upgrade: true,
  logins: others ? [...(protocols[protocol].honest.greetingLogins ?? [])] : [],
  loginDisabled: protocols[protocol].honest.saysLoginDisabled,
});

/** Settings of an honest server for one visit; `plaintext: 'served'` offers and accepts logins outside TLS too. */
export const honestSettings = (
  protocol: ProtocolName,
  canaries: Canaries,
  options: {
    readonly inside?: Offer;
    readonly plaintext: 'served' | 'refused';
    readonly relay?: boolean;
    /** Logins that few clients know are offered too. */
    readonly otherLogins?: boolean;
  },
): ServerSettings => {
  const inside = options.inside ?? honestInside(protocol, options.otherLogins);
  const outside =
    options.plaintext === 'served'
      ? { ...inside, upgrade: true }
      : { ...honestOutside(protocol, options.otherLogins), extensions: inside.extensions };
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
