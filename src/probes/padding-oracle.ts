import { constants, publicEncrypt, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { vector } from '../tls/byte-writer.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { message } from '../tls/server-messages.js';
import { inWords, record, waitOf } from './broken-records.js';
import { suitesOfFamily } from './enumeration.js';
import { hasHandshake } from './handshake-control.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved, type ProbeContext } from './probe.js';
import { answeredHello, refusalInWords, serverNameOf } from './raw-hello.js';
import { callAtThreshold } from './threshold.js';

/** What a server answers to premaster secrets that are encrypted in a wrong way, one of each kind. */
export interface PaddingFacts {
  readonly answers: readonly { readonly kind: PaddingKind; readonly answer: string; readonly at?: Place }[];
  /** The same once more, where the answers differed. */
  readonly again: readonly string[];
}

/** A hello with suites of RSA key exchange only; where one is taken, one connection for each kind, and as many again where answers differ. */
export const paddingOracle = defineProbe<PaddingFacts>({
  id: 'padding-oracle',
  scope: 'listener',
  cost: 2 * 5,
  phase: 'inject',
  intrusiveness: 'intrusive',
  run: async (context) => {
    await hasHandshake(context);
    const answers: PaddingFacts['answers'][number][] = [];
    for (const kind of KINDS) answers.push({ kind, ...(await answerTo(context, kind)) });
    const again: string[] = [];
    if (new Set(answers.map(({ answer }) => answer)).size > 1)
      for (const kind of KINDS) again.push((await answerTo(context, kind)).answer);
    return { answers, again };
  },
});

const answerTo = async (
  context: ProbeContext,
  kind: PaddingKind,
): Promise<{ readonly answer: string; readonly at?: Place }> => {
  const call = await callAtThreshold(context);
  const { answer, at } = await answeredHello(call, {
    ...serverNameOf(context),
    versions: ['TLSv1.2'],
    cipherSuites: SUITES,
  });
  if (answer.kind !== 'server-hello' || !answer.complete)
    throw new NotObserved(`the server takes no RSA key exchange (${refusalInWords(answer)})`);
  const key = keyIn(answer.certificates?.[0]);
  const secret = padded(kind, key.asymmetricKeyDetails?.modulusLength ?? 0);
  const sealed = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, secret);
  const heard = await call.exchange(
    Buffer.concat([
      record(HANDSHAKE, message(CLIENT_KEY_EXCHANGE, vector(2, sealed))),
      record(CHANGE_CIPHER_SPEC, Buffer.from([1])),
      record(HANDSHAKE, randomBytes(64)),
    ]),
    waitOf(context),
  );
  call.close();
  return { answer: inWords(heard), ...(at && { at }) };
};

const keyIn = (der: Buffer | undefined): KeyObject => {
  try {
    const { publicKey } = new X509Certificate(der ?? Buffer.alloc(0));
    if (publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) >= 1024)
      return publicKey;
  } catch {
    // Said below.
  }
  throw new NotObserved('the certificate has no usual RSA key');
};

/** A premaster secret in a block of PKCS #1 (RFC 8017 §7.2.1), right or wrong in one way. */
const padded = (kind: PaddingKind, bits: number): Buffer => {
  const size = bits / 8;
  const block = Buffer.alloc(size, 0x5a);
  block[0] = 0;
  block[1] = 2;
  block[size - 49] = 0;
  Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(46, 0x42)]).copy(block, size - 48);
  switch (kind) {
    case 'right':
      break;
    case 'wrong beginning':
      block[1] = 0x17;
      break;
    case 'no end of the padding':
      block.fill(0x5a, 2);
      break;
    case 'secret of a wrong length':
      block[size - 49] = 0x5a;
      block[size - 11] = 0;
      break;
    case 'wrong version in the secret':
      block[size - 48] = 2;
      break;
  }
  return block;
};

/** RSA key exchange, without export suites, which have a key of their own. */
const SUITES: readonly number[] = suitesOfFamily('rsa').filter((id) =>
  /^TLS_RSA_WITH_(?:AES|3DES|CAMELLIA|RC4)/.test(cipherSuite(id).name),
);

const KINDS = [
  'right',
  'wrong beginning',
  'no end of the padding',
  'secret of a wrong length',
  'wrong version in the secret',
] as const;
type PaddingKind = (typeof KINDS)[number];

const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const CLIENT_KEY_EXCHANGE = 16;
