// What must not be stored of a conversation, besides the secrets that commands carry.

import type { Span } from './units.js';

export interface Secrecy {
  /** Where a reply (latin1) carries mail or a script to the client. */
  receivedMail(reply: string): readonly Span[];
  /** Commands whose `mail` is an envelope: addresses, no content. */
  readonly envelope: ReadonlySet<string>;
  /** Verbs that may stand alone on a line; any other word there, after a login, may be a secret. */
  readonly harmless: ReadonlySet<string>;
  /** Commands whose arguments are names of something; those of other commands, logins aside, are numbers or `words`. */
  readonly named: ReadonlySet<string>;
  /** Arguments that grammar knows, in capitals. */
  readonly words: ReadonlySet<string>;
}
