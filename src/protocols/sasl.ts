import { isPasswordOf, isUserOf } from './user-name.js';
import { cramMd5, digestMd5, scram, type ScramHash } from './digests.js';
import { ntlm, ntlmChallenge } from './ntlm.js';
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
  readonly #mechanism: Mechanism | undefined;
  #isProved = false;

  constructor(mechanism: string, account: Account, nonce: string, hostname: string) {
    this.#mechanism = MECHANISMS[mechanism]?.({ account, nonce, hostname });
  }

  /** Mechanisms that an honest server can carry through; others are recognised but refused. */
  static get supported(): readonly string[] {
    return Object.keys(MECHANISMS);
  }

  /** Begins, with the client's initial response where it sent one (`=` is an empty one, RFC 4954 §4). */
  start(initialResponse: string | undefined): SaslStep {
    const challenge = this.#mechanism?.first;
    if (initialResponse === undefined) return { challenge: base64(challenge ?? '') };
    // Where the server speaks first, there is nothing to answer yet.
    return challenge === undefined || challenge === USER_NAME
      ? this.respond(initialResponse === '=' ? '' : initialResponse)
      : { done: 'malformed' };
  }

  /** The client's answer to the last challenge; `*` cancels. */
  respond(response: string): SaslStep {
    const bytes = response === '*' ? undefined : fromBase64(response);
    if (bytes === undefined) return { done: 'malformed' };
    // The client answers the server's last word with nothing.
    if (this.#isProved) return verdict(bytes.length === 0);
    const step = this.#mechanism?.respond(bytes) ?? { done: 'no' };
    if (!('last' in step)) return step;
    this.#isProved = true;
    return { challenge: base64(step.last) };
  }
}

/** The server's side of one mechanism. */
interface Mechanism {
  /** What the server says before the client does; absent where the client begins. */
  readonly first?: string;
  /** `last` is the server's proof to a client that has proved itself. */
  respond(response: Buffer): SaslStep | { readonly last: string };
}

interface Subject {
  readonly account: Account;
  readonly nonce: string;
  readonly hostname: string;
}

const verdict = (right: boolean): SaslStep => ({ done: right ? 'ok' : 'no' });

const plain = ({ account }: Subject): Mechanism => ({
  respond: (response) => {
    const [, user, password, surplus] = response.toString('latin1').split('\0');
    return verdict(isUserOf(account, user) && isPasswordOf(account, password) && surplus === undefined);
  },
});

const login = ({ account }: Subject): Mechanism => {
  let user: string | undefined;
  return {
    first: USER_NAME,
    respond: (response) => {
      const text = response.toString('latin1');
      if (user !== undefined) return verdict(isUserOf(account, user) && isPasswordOf(account, text));
      user = text;
      return { challenge: base64('Password:') };
    },
  };
};

const xoauth2 = ({ account }: Subject): Mechanism => ({
  respond: (response) => {
    const [, user, token] = XOAUTH2.exec(response.toString('latin1')) ?? [];
    // Clients without an option for tokens take them as passwords.
    return verdict(isUserOf(account, user) && (token === account.token || isPasswordOf(account, token)));
  },
});

const oauthBearer = ({ account }: Subject): Mechanism => ({
  respond: (response) => {
    const [, user, token] = OAUTHBEARER.exec(response.toString('latin1')) ?? [];
    const isRight = token === account.token || isPasswordOf(account, token);
    return verdict(isRight && (user === undefined || isUserOf(account, user)));
  },
});

const cram = ({ account, nonce, hostname }: Subject): Mechanism => {
  const first = `<${nonce}@${hostname}>`;
  return {
    first,
    respond: (response) => {
      const [, user, proof] = /^(.*) ([0-9a-f]+)$/s.exec(response.toString('latin1')) ?? [];
      return verdict(
        isUserOf(account, user) &&
          (account.isAnyone === true || proof === cramMd5(Buffer.from(first), account.password)),
      );
    },
  };
};

const digest = ({ account, nonce, hostname }: Subject): Mechanism => {
  const first = `realm="${hostname}",nonce="${nonce}",qop="auth",charset=utf-8,algorithm=md5-sess`;
  return {
    first,
    respond: (response) => {
      const found = digestMd5(response, Buffer.from(first), account.password);
      return found !== undefined && isUserOf(account, found.user)
        ? { last: `rspauth=${found.rspauth}` }
        : verdict(false);
    },
  };
};

const scramWith =
  (hash: ScramHash) =>
  ({ account, nonce }: Subject): Mechanism => {
    let first: Buffer | undefined;
    let challenge = '';
    return {
      respond: (response) => {
        if (first === undefined) {
          const [, own] = /,r=([^,]+)/.exec(response.toString()) ?? [];
          if (own === undefined) return { done: 'malformed' };
          first = response;
          challenge = `r=${own}${nonce},s=${base64(nonce)},i=4096`;
          return { challenge: base64(challenge) };
        }
        const found = scram(hash, { first, challenge: Buffer.from(challenge), response }, account.password);
        return found !== undefined && isUserOf(account, found.user) ? { last: found.serverFinal } : verdict(false);
      },
    };
  };

const ntlmExchange = ({ account, nonce, hostname }: Subject): Mechanism => {
  let challenge: Buffer | undefined;
  return {
    respond: (response) => {
      if (challenge === undefined) {
        challenge = ntlmChallenge(nonce, hostname);
        return { challenge: challenge.toString('base64') };
      }
      const found = ntlm(response, challenge, account.password);
      return verdict(found !== undefined && isUserOf(account, found.user));
    },
  };
};

/** The client is known by its certificate, or not at all: no server of ours asks for one (RFC 4422, appendix A). */
const external = ({ account }: Subject): Mechanism => ({
  respond: (response) => verdict(response.length === 0 || isUserOf(account, response.toString())),
});

/** A ticket of Kerberos is for its own server: nobody else can tell whether it is right (RFC 4752). */
const ticket = (): Mechanism => ({ respond: () => verdict(false) });

/** What an honest server can carry through. */
const MECHANISMS: Readonly<Record<string, (subject: Subject) => Mechanism>> = {
  PLAIN: plain,
  LOGIN: login,
  'CRAM-MD5': cram,
  'DIGEST-MD5': digest,
  'SCRAM-SHA-1': scramWith('sha1'),
  'SCRAM-SHA-1-PLUS': scramWith('sha1'),
  'SCRAM-SHA-256': scramWith('sha256'),
  'SCRAM-SHA-256-PLUS': scramWith('sha256'),
  'SCRAM-SHA-512': scramWith('sha512'),
  'SCRAM-SHA-512-PLUS': scramWith('sha512'),
  NTLM: ntlmExchange,
  EXTERNAL: external,
  GSSAPI: ticket,
  XOAUTH2: xoauth2,
  OAUTHBEARER: oauthBearer,
};
/** Mechanisms that few clients insist on, and an honest server can carry through. */
export const RARE_MECHANISMS: readonly string[] = [
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-1',
  'SCRAM-SHA-512-PLUS',
  'SCRAM-SHA-512',
  'DIGEST-MD5',
  'NTLM',
  'OAUTHBEARER',
];
/** Mechanisms in which no password plays a part: a certificate or a ticket does. */
export const MECHANISMS_WITHOUT_PASSWORD: readonly string[] = ['EXTERNAL', 'GSSAPI'];
const USER_NAME = 'Username:';
// Google's format separates its fields with 0x01.
const XOAUTH2 = /^user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01$/i;
// RFC 7628 §3.1: the user stands in the GS2 header, and may be absent.
const OAUTHBEARER = /^n,(?:a=([^,\x01]*))?,\x01(?:[^\x01]+\x01)*?auth=Bearer ([^\x01]*)\x01(?:[^\x01]+\x01)*\x01$/i;

const TOKENS: ReadonlySet<string> = new Set(['XOAUTH2', 'OAUTHBEARER']);
