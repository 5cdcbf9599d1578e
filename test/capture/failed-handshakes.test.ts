import { expect } from 'chai';
import { pcapng } from '../../src/capture/capture-writer.js';
import { judgeCaptures } from '../../src/document/judge-captures.js';
import { packets, type Script } from './captured.js';
import { tlsBytes } from './tls-bytes.js';

const LOGIN: Script = ['S: * OK ready', 'C: a1 LOGIN alice hunter22', 'S: a1 OK in', 'C.', 'S.'];

describe('A client that comes back after a failed handshake', () => {
  const hello = async (version: 'TLSv1.2' | 'TLSv1.3'): Promise<Script> => [
    ...(await tlsBytes({ version })).bytes.filter(([side]) => side === 'C').slice(0, 1),
    'S!',
  ];
  const whole = async (version: 'TLSv1.2' | 'TLSv1.3'): Promise<Script> => [
    ...(await tlsBytes({ version })).bytes,
    'C.',
    'S.',
  ];

  for (const [name, first, second, isTold] of [
    ['with an older version', () => hello('TLSv1.3'), () => whole('TLSv1.2'), true],
    ['without TLS', () => hello('TLSv1.3'), () => LOGIN, true],
    ['with the same', () => hello('TLSv1.3'), () => whole('TLSv1.3'), false],
    ['with a newer version', () => hello('TLSv1.2'), () => whole('TLSv1.3'), false],
    ['after no failure', () => whole('TLSv1.3'), () => whole('TLSv1.2'), false],
  ] as const)
    it(`${name}: ${isTold ? 'told' : 'not told'}`, async () => {
      const file = pcapng([...packets(await first(), 993, 40_000), ...packets(await second(), 993, 40_001)]);
      const bytes = async function* () {
        await Promise.resolve();
        yield file;
      };
      const { results } = await judgeCaptures([{ name: 'test', bytes }]);
      const told = results.filter(({ id }) => id === 'tls-downgraded').map(({ status }) => status);
      expect(told, JSON.stringify(results.map(({ because }) => because))).to.deep.equal(isTold ? ['inconclusive'] : []);
    });
});
