import { constants, privateDecrypt } from 'node:crypto';
import { earlyCipher, heartbeat } from '../probes/broken-records.js';
import { helloTraits } from '../probes/hello-traits.js';
import { paddingOracle } from '../probes/padding-oracle.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { EXTENSION } from '../tls/registries.js';
import { defineCheck, fail, inconclusive, info, pass } from './check.js';
import { upToTls12 } from './flaws.js';
import { oneOfEachKind, usersPort } from './subjects.js';

const UPDATE = { 'any server': 'update its TLS library; then a new key and certificate, and new passwords' };

export default [
  defineCheck({
    id: 'heartbeat-accepted',
    title: 'TLS heartbeats are not accepted',
    why: 'Heartbeats have no use over TCP; the libraries that still take them are as old as Heartbleed.',
    references: ['RFC 6520'],
    severity: 'info',
    intrusiveness: 'passive',
    needs: { traits: helloTraits },
    judge: ({ traits }) => {
      const { version, heartbeat: isTaken, at } = traits;
      const proof = at && { text: version, at };
      return isTaken
        ? info('TLS heartbeats are accepted', { proof })
        : pass('TLS heartbeats are not accepted', { proof });
    },
    remedy: { 'any server': 'OpenSSL 1.1.1 or later, which has none; GnuTLS: no heartbeat in the application' },
    byHand: 'not with common tools',
    flaw: {
      name: 'takes heartbeats',
      server: {
        answersHello: upToTls12(({ extensions }) =>
          extensions.includes(EXTENSION.heartbeat) ? { extensions: TAKES_HEARTBEATS } : undefined,
        ),
      },
      then: 'info',
      roles: oneOfEachKind,
    },
    covers: ['srv-tls-heartbleed'],
    examples: [
      { given: { traits: { heartbeat: false } }, then: 'pass' },
      { given: { traits: { heartbeat: true } }, then: 'info' },
    ],
  }),
  defineCheck({
    id: 'heartbleed',
    title: 'A heartbeat request with a false length is not answered',
    why: 'A server with this defect sends its memory to anybody: keys, passwords, mail.',
    references: ['RFC 6520 §4'],
    cve: ['CVE-2014-0160'],
    cwe: ['CWE-126'],
    severity: 'critical',
    intrusiveness: 'intrusive',
    logLines: 'a handshake that is not finished',
    needs: { heartbeat },
    judge: ({ heartbeat: { answer, leaked, at } }) => {
      const proof = at && { text: answer, at };
      return leaked > 0
        ? fail(`a heartbeat without a payload is answered with ${String(leaked)} octets of the server’s memory`, {
            proof,
          })
        : pass(`a heartbeat request with a false length is not answered (${answer})`, { proof });
    },
    remedy: UPDATE,
    byHand: 'not with common tools',
    flaw: {
      name: 'answers with its memory',
      server: {
        answersHello: upToTls12(({ extensions }) =>
          extensions.includes(EXTENSION.heartbeat) ? { extensions: TAKES_HEARTBEATS } : undefined,
        ),
        answersMore: (bytes) => {
          if (bytes[0] !== HEARTBEAT) return undefined;
          const claimed = bytes.readUInt16BE(6);
          const answer = Buffer.concat([
            Buffer.from([2, claimed >> 8, claimed & 0xff]),
            Buffer.alloc(claimed + 16, 0x61),
          ]);
          return Buffer.concat([Buffer.from([HEARTBEAT, 3, 3, 0, answer.length]), answer]);
        },
      },
      roles: oneOfEachKind,
    },
    covers: ['srv-tls-heartbleed'],
    examples: [
      { given: { heartbeat: { answer: 'silence', leaked: 0 } }, then: 'pass' },
      { given: { heartbeat: { answer: 'alert unexpected_message', leaked: 0 } }, then: 'pass' },
      { given: { heartbeat: { answer: 'heartbeat of 35 octets', leaked: 16 } }, then: 'fail' },
    ],
  }),
  defineCheck({
    id: 'early-cipher-change-accepted',
    title: 'A ChangeCipherSpec before the keys are agreed on is refused',
    why: 'A server with this defect goes over to keys that an attacker on the path can compute, and with an old client the attacker reads and changes everything.',
    references: ['RFC 5246 §7.1'],
    cve: ['CVE-2014-0224'],
    cwe: ['CWE-326'],
    severity: 'high',
    intrusiveness: 'intrusive',
    depth: 'full',
    logLines: 'a handshake that failed',
    needs: { early: earlyCipher },
    judge: ({ early: { answer, isTaken, isSilent, at } }) => {
      const proof = at && { text: answer, at };
      if (isTaken)
        return fail(`an early ChangeCipherSpec is accepted: the record after it is decrypted (${answer})`, { proof });
      return isSilent
        ? inconclusive('two ChangeCipherSpecs before the keys were agreed on were neither refused nor answered', {
            proof,
          })
        : pass(`an early ChangeCipherSpec is refused (${answer})`, { proof });
    },
    remedy: UPDATE,
    byHand: 'not with common tools',
    flaw: {
      name: 'goes over to keys that are not agreed on',
      server: {
        answersHello: upToTls12(() => ({})),
        answersMore: secondOnly(Buffer.from([21, 3, 3, 0, 2, 2, 20])),
      },
      roles: oneOfEachKind,
    },
    covers: ['srv-tls-ccs'],
    examples: [
      { given: { early: { answer: 'alert unexpected_message', isTaken: false, isSilent: false } }, then: 'pass' },
      { given: { early: { answer: 'closed', isTaken: false, isSilent: false } }, then: 'pass' },
      { given: { early: { answer: 'alert bad_record_mac', isTaken: true, isSilent: false } }, then: 'fail' },
      { given: { early: { answer: 'silence', isTaken: false, isSilent: true } }, then: 'inconclusive' },
    ],
  }),
  defineCheck({
    id: 'padding-oracle',
    title: 'The server answers all wrong RSA paddings alike',
    why: 'A server that answers wrong paddings in different ways decrypts recorded sessions for an attacker, question by question, or signs for them (Bleichenbacher’s attack, ROBOT).',
    references: ['RFC 5246 §7.4.7.1', 'https://robotattack.org'],
    cve: ['CVE-2017-17382', 'CVE-2017-6168', 'CVE-2017-1000385'],
    cwe: ['CWE-203'],
    severity: 'high',
    intrusiveness: 'intrusive',
    depth: 'full',
    logLines: 'five to ten handshakes that failed, where RSA key exchange is taken',
    needs: { padding: paddingOracle },
    judge: ({ padding: { answers, again } }) => {
      const [first] = answers;
      const told = [...new Set(answers.map(({ answer }) => answer))];
      const proof = first?.at && { text: told.join('; '), at: first.at };
      if (told.length === 1) return pass(`wrong and right paddings get the same answer (${told.join()})`, { proof });
      const isSame = answers.every(({ answer }, index) => answer === again[index]);
      return isSame
        ? fail(
            `paddings get different answers: ${answers.map(({ kind, answer }) => `${kind}: ${answer}`).join('; ')}`,
            {
              proof,
            },
          )
        : inconclusive(`paddings got different answers, and others when they were tried again (${told.join('; ')})`, {
            proof,
          });
    },
    remedy: {
      'any server':
        'no suites with RSA key exchange (TLS_RSA_…); update its TLS library, or the TLS proxy in front of it',
    },
    byHand: 'not with common tools',
    flaw: {
      name: 'answers a wrong beginning of the padding in another way',
      server: {
        answersHello: upToTls12(({ cipherSuites }) =>
          cipherSuites.every((id) => cipherSuite(id).name.startsWith('TLS_RSA_'))
            ? { suite: cipherSuites.find((id) => cipherSuite(id).name === 'TLS_RSA_WITH_AES_128_CBC_SHA') ?? 0x2f }
            : undefined,
        ),
        answersMore: (bytes, _hello, key) => {
          if (bytes[0] !== 22 || bytes[5] !== 16) return undefined;
          const sealed = bytes.subarray(11, 11 + bytes.readUInt16BE(9));
          const [zero, two] = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, sealed);
          return Buffer.from([21, 3, 3, 0, 2, 2, zero === 0 && two === 2 ? 20 : 40]);
        },
      },
      roles: oneOfEachKind,
    },
    covers: ['srv-tls-robot'],
    examples: [
      {
        given: {
          padding: { answers: [{ answer: 'alert bad_record_mac' }, { answer: 'alert bad_record_mac' }], again: [] },
        },
        then: 'pass',
      },
      {
        given: {
          padding: {
            answers: [
              { kind: 'right', answer: 'a' },
              { kind: 'wrong beginning', answer: 'b' },
            ],
            again: ['a', 'b'],
          },
        },
        on: usersPort,
        then: 'fail',
      },
      {
        given: {
          padding: {
            answers: [
              { kind: 'right', answer: 'a' },
              { kind: 'wrong beginning', answer: 'b' },
            ],
            again: ['a', 'a'],
          },
        },
        then: 'inconclusive',
      },
    ],
  }),
];

const HEARTBEAT = 24;
const TAKES_HEARTBEATS: ReadonlyMap<number, Buffer> = new Map([[EXTENSION.heartbeat, Buffer.from([1])]]);

/** Silence for the first of two equal records. */
function secondOnly(answer: Buffer) {
  const heard = new WeakSet<object>();
  return (_bytes: Buffer, hello: object): Buffer | undefined => {
    if (heard.has(hello)) return answer;
    heard.add(hello);
    return undefined;
  };
}
