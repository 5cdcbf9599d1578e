import type { Surplus } from '../tls/inspect-chain.js';
import { defineCertificateCheck } from './certificate-check.js';
import { fail, info, pass } from './check.js';
import { oneOfEachKind } from './subjects.js';

export default defineCertificateCheck({
  id: 'certificate-chain-superfluous',
  title: 'The server sends its certificate and the intermediates, and nothing else',
  why: 'A certificate that has nothing to do with the chain, or is sent twice, is the trace of a mistake in the file: some clients stop at it, and the next renewal may leave the right one out.',
  references: ['RFC 8446 §4.4.2', 'RFC 5246 §7.4.2'],
  severity: 'low',
  relay: { status: 'info' },
  judge: (_leaf, { surplus }) => {
    const mistakes = surplus.filter(({ kind }) => kind === 'unrelated' || kind === 'again');
    if (mistakes.length > 0) return fail(mistakes.map(inWords).join('; '));
    return surplus.length > 0 ? info(surplus.map(inWords).join('; ')) : pass('nothing superfluous is sent');
  },
  remedy: {
    'any server':
      'in the file that the server sends: its own certificate first, then the intermediates in order, each once; no root',
  },
  byHand: { openssl: '-showcerts' },
  flaw: {
    name: 'sends a certificate that has nothing to do with its chain',
    server: { sendsStranger: true },
    roles: oneOfEachKind,
  },
  covers: ['srv-cert-chain', 'srv-cert-sent-order'],
  examples: [
    { given: { leaf: {}, surplus: [] }, then: 'pass' },
    { given: { leaf: {}, surplus: [{ kind: 'root', subject: 'CN=Root' }] }, then: 'info' },
    { given: { leaf: {}, surplus: [{ kind: 'another-path', subject: 'CN=Cross' }] }, then: 'info' },
    { given: { leaf: {}, surplus: [{ kind: 'again', subject: 'CN=CA' }] }, then: 'fail' },
    {
      given: {
        leaf: {},
        surplus: [
          { kind: 'root', subject: 'CN=Root' },
          { kind: 'unrelated', subject: 'CN=Old CA' },
        ],
      },
      then: 'fail',
    },
  ],
});

const inWords = ({ kind, subject }: Surplus): string => `${subject} ${WORDS[kind]}`;

const WORDS: Readonly<Record<Surplus['kind'], string>> = {
  again: 'is sent twice',
  root: 'is a root, which clients have already',
  'another-path': 'is not needed where the root is known (it helps clients that know another one only)',
  unrelated: 'is sent, though it issued none of the certificates',
};
