import { expect } from 'chai';
import { pcapng } from '../../src/capture/capture-writer.js';
import { judgeCaptures } from '../../src/document/judge-captures.js';
import { packets, type Script } from './captured.js';
import { it } from '../support/in-turn.js';

const LOOKS: Script = ['S: * OK [CAPABILITY IMAP4rev1] ready', 'C: a1 LOGOUT', 'S: * BYE', 'S: a1 OK', 'C.', 'S.'];
const LOGS_IN: Script = [
  'S: * OK [CAPABILITY IMAP4rev1] ready',
  'C: a1 LOGIN alice hunter22',
  'S: a1 OK in',
  'C: a2 LOGOUT',
  'S: * BYE',
  'S: a2 OK',
  'C.',
  'S.',
];

/** Judges a capture of so many connections that come to nothing, with logins among them. */
const judged = async (
  harmless: number,
  logins: number,
  options: Parameters<typeof judgeCaptures>[1] = {},
): ReturnType<typeof judgeCaptures> => {
  const all = Array.from({ length: harmless + logins }, (_none, index) =>
    packets(index < harmless ? LOOKS : LOGS_IN, 143, 10_000 + index),
  );
  const file = pcapng(all.flat());
  return judgeCaptures(
    [
      {
        name: 'many.pcapng',

        async *bytes() {
          yield file;
        },
      },
    ],
    options,
  );
};

describe('captures of many connections', () => {
  it('list those that come to the same up to a hundred times, and count the others; a login behind them is found', async () => {
    const { results, notes, faults } = await judged(250, 1);
    const safe = results.filter(({ status }) => status === 'safe');
    const bad = results.filter(({ id, status }) => id === 'secrets-in-clear' && status === 'unsafe');
    expect(safe).to.have.length(100);
    expect(bad).to.have.length(1);
    expect(faults).to.deep.equal([]);
    expect(notes).to.include('many.pcapng: 150 further results say the same of the same server as 100 that are listed');
  });

  it('are told one by one, before the rest of the file is read', async () => {
    const told: string[] = [];
    const behind: number[] = [];
    await judgeCaptures(
      [
        {
          name: 'slow.pcapng',

          async *bytes() {
            yield pcapng(packets(LOGS_IN));
            behind.push(told.length);
            yield pcapng(packets(LOOKS, 143, 40_001));
          },
        },
      ],
      { onResult: ({ id, status }) => told.push(`${id} ${status}`) },
    );
    // The first of two passes looks for keys only.
    expect(behind[0]).to.equal(0);
    expect(behind[1]).to.be.greaterThan(0);
    expect(told).to.include('secrets-in-clear unsafe');
  });

  it('of which all leak list as many of them, and say how many more there are', async () => {
    const { results, notes } = await judged(0, 130);
    expect(results.filter(({ id, status }) => id === 'secrets-in-clear' && status === 'unsafe')).to.have.length(100);
    expect(notes.join('\n')).to.match(/\d+ further results say the same/);
  });

  it('of which more are harmless than are listed still tell the login behind them, and what was left out', async () => {
    const { results, faults } = await judged(8, 1, { mostResults: 5 });
    expect(results.filter(({ status }) => status === 'safe')).to.have.length(5);
    expect(results.some(({ id, status }) => id === 'secrets-in-clear' && status === 'unsafe')).to.equal(true);
    expect(faults.join('\n')).to.match(/\d+ results could not be listed, at most 5 of a status are/);
  });
});
