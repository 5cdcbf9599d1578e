import { cipherSuite } from '../tls/cipher-suites.js';
import type { BoundaryEntry } from '../wire/entry.js';
import type { CertificateFault } from './certificate-fault.js';
import type { TlsFacts } from './tls-session.js';

/** The boundary of a captured session, as a transcript has it; a session counts as trusted where nothing is visibly wrong with it. */
export const boundaryOf = (
  { hello, answer, completed, alert, decrypted, resumed }: TlsFacts,
  pending: BoundaryEntry['pending'],
  fault: CertificateFault | undefined,
): Omit<BoundaryEntry, 'kind' | 'at'> => ({
  completed,
  pending,
  trusted: fault === undefined,
  ...(decrypted !== 'yes' && { opaque: true }),
  ...(fault && { certificate: fault.what }),
  ...(hello && {
    hello: {
      versions: [...hello.versions],
      ...(hello.servername !== undefined && { servername: hello.servername }),
      alpn: [...hello.alpn],
      cipherSuites: [...hello.cipherSuites],
      groups: [...hello.groups],
    },
  }),
  ...(answer && { version: answer.version, cipher: cipherSuite(answer.cipherSuite).name }),
  ...(answer?.alpn !== undefined && { alpn: answer.alpn }),
  ...(hello?.servername !== undefined && { servername: hello.servername }),
  ...(completed && { resumed }),
  ...(alert && { alert }),
  ...(!completed && { failure: 'the handshake was not completed' }),
});
