import { cipherSuite } from '../tls/cipher-suites.js';
import { EXTENSION } from '../tls/registries.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { helloAsker, refusalInWords } from './raw-hello.js';
import { hasHandshake } from './handshake-control.js';

/** What a server agrees to up to TLS 1.2, besides the suite. */
export interface HelloTraits {
  readonly version: string;
  readonly suite: string;
  /** 0 is none, 1 is DEFLATE (RFC 3749). */
  readonly compression: number;
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
  readonly encryptThenMac: boolean;
  /** A session ticket will be sent. */
  readonly ticket: boolean;
  /** A status of the certificate is stapled. */
  readonly stapled: boolean;
  /** Heartbeats (RFC 6520) are taken. */
  readonly heartbeat: boolean;
  /** Signed certificate timestamps are sent in an extension. */
  readonly timestamps: boolean;
  readonly at?: Place;
}

/** One hello that offers what good and careless clients offer: compression too. */
export const helloTraits = defineProbe<HelloTraits>({
  id: 'hello-traits',
  scope: 'listener',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    const { answer, at } = await helloAsker(context)({
      versions: ['TLSv1.2'],
      compression: [DEFLATE, 0],
      extraExtensions: new Map([
        [EXTENSION.sessionTicket, NOTHING],
        [EXTENSION.statusRequest, Buffer.from([1, 0, 0, 0, 0])],
        [EXTENSION.signedCertificateTimestamp, NOTHING],
        [EXTENSION.encryptThenMac, NOTHING],
        [EXTENSION.heartbeat, PEER_MAY_SEND],
      ]),
    });
    if (answer.kind !== 'server-hello' || !answer.complete)
      throw new NotObserved(`TLS 1.2 and older are refused (${refusalInWords(answer)})`);
    return {
      version: answer.version,
      suite: cipherSuite(answer.cipherSuite).name,
      compression: answer.compression,
      extendedMasterSecret: answer.extendedMasterSecret,
      secureRenegotiation: answer.secureRenegotiation,
      encryptThenMac: answer.encryptThenMac,
      ticket: answer.extensions.includes(EXTENSION.sessionTicket),
      stapled: answer.hasStapledOcsp,
      heartbeat: answer.heartbeat,
      timestamps: answer.extensions.includes(EXTENSION.signedCertificateTimestamp),
      ...(at && { at }),
    };
  },
});

const DEFLATE = 1;
const PEER_MAY_SEND = Buffer.from([1]);
const NOTHING = Buffer.alloc(0);
