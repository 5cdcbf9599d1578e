import type { Protocol } from '../protocols/protocol.js';
import type { RecipeName } from '../tls/certificate-recipes.js';
import type { HandmadeCredential } from '../tls/handshake-script.js';
import type { ServedParameters } from '../tls/served-parameters.js';
import type { ServerTls } from '../wire/upgrade.js';
import type { Wire } from '../wire/wire.js';
import type { Answerer } from './answerer.js';
import type { MomentContext, Tamper } from './tamper.js';

/** What a conversation is made of. */
export interface ConversationOptions {
  readonly wire: Wire;
  readonly protocol: Protocol;
  readonly answerer: Answerer;
  /** TLS facts for a certificate recipe, within parameters; `undefined` asks for the endpoint's own. */
  readonly tls: (recipe: RecipeName | undefined, served: ServedParameters | undefined) => ServerTls;
  /** What a handshake that is made by hand shows and signs with; wanted by scenarios that make one. */
  readonly handmade?: () => HandmadeCredential;
  readonly tamper: Tamper;
  /** The context of a moment, without what the conversation itself knows. */
  readonly context: Omit<MomentContext, 'moment' | 'unit' | 'inside' | 'hello' | 'asked' | 'spokeTls'>;
  /** Milliseconds without a word from the client after which the connection is given up. */
  readonly idle: number;
  /** Mails are kept: any number of them may come on one connection. */
  readonly keepsMail?: boolean;
  /** Bytes on the wire of a mail that the answerer passes on in pieces; by default it is taken here, as long as every server takes it. */
  readonly longestMail?: number;
  /** What comes in the segment of a command, behind it, is lost. */
  readonly dropsPipelined?: true;
  /** The connection ends where the client ends TLS. */
  readonly endsWithTls?: true;
}
