import { createHmac } from 'node:crypto';
import type { Account, SecretSpan } from './protocol.js';
import { base64, fromBase64 } from './text.js';

/** What one line of a SASL exchange reveals (RFC 4422); the step is 0 for an initial response. */
export const saslSecretClass = (mechanism: string, step: number, hadInitialResponse = false): SecretSpan['class'] => {
  if (mechanism === 'LOGIN') return step + (hadInitialResponse ? 1 : 0) <= 1 ? 'user' : 'password';
  if (mechanism === 'PLAIN') return 'password';
  if (TOKENS.has(mechanism)) return 'token';
  if (mechanism === 'ANONYMOUS' || mechanism === 'EXTERNAL') return 'user';
  return 'authenticator';
};

/** Whether the mechanism puts a replayable secret on the wire, as opposed to a response to a challenge. */
export const isPlaintextMechanism = (mechanism: string): boolean =>
  mechanism === 'PLAIN' ||
  mechanism === 'LOGIN' ||
  TOKENS.has(mechanism) ||
  mechanism === 'LOGIN command' ||
  mechanism === 'USER/PASS';

export type SaslStep = { readonly challenge: string } | { readonly done: 'ok' | 'no' | 'malformed' };

/** The server's side of one SASL login; challenges and responses are base64 as on the wire. */
export class SaslExchange {
  readonly #mechanism: string;
  readonly #account: Account;
  readonly #cramChallenge: string;
  #user = '';
  #step = 0;

  constructor(mechanism: string, account: Account, nonce: string, hostname: string) {
    this.#mechanism = mechanism;
    this.#account = account;
    this.#cramChallenge = `<${nonce}@${hostname}>`;
  }

  /** Mechanisms that an honest server can carry through; others are recognised but refused. */
  static readonly supported: readonly string[] = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'];

  /** Begins, with the client's initial response where it sent one (`=` is an empty one, RFC 4954 §4). */
  start(initialResponse: string | undefined): SaslStep {
    if (initialResponse !== undefined && this.#mechanism === 'CRAM-MD5') return { done: 'malformed' };
    if (initialResponse !== undefined) return this.respond(initialResponse === '=' ? '' : initialResponse);
    if (this.#mechanism === 'LOGIN') return { challenge: base64('Username:') };
    if (this.#mechanism === 'CRAM-MD5') return { challenge: base64(this.#cramChallenge) };
    return { challenge: '' };
  }

  /** The client's answer to the last challenge; `*` cancels. */
  respond(response: string): SaslStep {
    const bytes = response === '*' ? undefined : fromBase64(response);
    if (bytes === undefined) return { done: 'malformed' };
    this.#step += 1;
    const text = bytes.toString('latin1');
    switch (this.#mechanism) {
      case 'PLAIN': {
        const [, user, password, surplus] = text.split('\0');
        return verdict(user === this.#account.user && password === this.#account.password && surplus === undefined);
      }
      case 'LOGIN':
        if (this.#step === 1) {
          this.#user = text;
          return { challenge: base64('Password:') };
        }
        return verdict(this.#user === this.#account.user && text === this.#account.password);
      case 'CRAM-MD5': {
        const digest = createHmac('md5', this.#account.password).update(this.#cramChallenge).digest('hex');
        return verdict(text === `${this.#account.user} ${digest}`);
      }
      case 'XOAUTH2': {
        const [, user, token] = XOAUTH2.exec(text) ?? [];
        // Clients without an option for tokens take them as passwords.
        return verdict(
          user === this.#account.user && (token === this.#account.token || token === this.#account.password),
        );
      }
      default:
        return { done: 'no' };
    }
  }
}

const verdict = (right: boolean): SaslStep => ({ done: right ? 'ok' : 'no' });

// Google's format separates its fields with 0x01.
const XOAUTH2 = /^user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01$/i;

const TOKENS: ReadonlySet<string> = new Set(['XOAUTH2', 'OAUTHBEARER']);
