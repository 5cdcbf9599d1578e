import { casesOf } from '../../../src/cases/case.js';
import scenarios from '../../../src/scenarios/index.js';
import { mutated, scripts, segments, type Script } from '../mutation.js';
import { useMemoryNetwork } from '../memory-network.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import {
  audited,
  LOGINS,
  PROTOCOLS,
  ProxySeat,
  ServeSeat,
  tested,
  throughProxy,
  type Speech,
  type Spoken,
  type Told,
} from '../seats.js';
import { SecretSearch } from '../secrets/needles.js';
import { ENDINGS } from '../speaking.js';
import { Trials } from '../trials.js';
import { expectWhole } from '../whole.js';

/** Real dialogues, changed at random, in every seat, over streams in memory. A row's attempts are conversations; of `audit` and `test` whole runs of many. */
const fuzz: Piece = {
  id: 'fuzz',
  title: 'Fuzz: seats',
  run: async (options) => {
    useMemoryNetwork();
    const trials = new Trials('fuzz', options);
    const all = scripts();
    const saying = (random: Random, protocol: Spoken, from: Script['from']): Speech => {
      const mine = all.filter((script) => script.from === from && (script.protocol === protocol || random.oneIn(20)));
      const lines = trials.kept(mutated(random, random.pick(mine), all));
      const bytes = lines.map((line) => Buffer.from(line, 'latin1'));
      return {
        // A server answers line by line, a client says it all.
        pieces: from === 'server' && !random.oneIn(4) ? bytes : segments(random, Buffer.concat(bytes)),
        // Who stays silent costs time, and nothing new after the first.
        ending: random.oneIn(10) ? random.pick(ENDINGS) : random.pick(['fin', 'reset']),
      };
    };
    // Passwords that somebody has said to a login: they must not be told.
    const search = new SecretSearch('');
    let verdicts = 0;
    const look = ({ visit, judgement }: Told): void => {
      verdicts += 1;
      if (verdicts % LOOKED_AT !== 0 && options.only === undefined) return;
      const found = search.found(JSON.stringify([visit, judgement]));
      if (found !== undefined)
        throw new Error(`told: ${found}${options.only === undefined ? '' : ` in ${JSON.stringify(visit)}`}`);
    };
    /** A login whose password comes again in what is changed at random. */
    const withLogin = (random: Random, protocol: Spoken, speech: Speech, index: number): Speech => {
      if (!random.oneIn(LOOKED_AT)) return speech;
      const password = `zq${random.bytes(9).toString('hex')}`;
      search.add({ name: `conversation ${String(index)}`, user: 'somebody', password });
      const login = LOGINS[protocol]('somebody', password).map((line) => Buffer.from(line));
      const again = SPELLINGS.map((spell) => spell(password));
      const pieces = speech.pieces.map((piece) =>
        random.oneIn(3) ? Buffer.concat([piece, Buffer.from(` ${random.pick(again)}\r\n`)]) : piece,
      );
      return { pieces: [...login, ...pieces], ending: speech.ending };
    };
    // The millions are the engine's: over listeners, with what everybody waits for, a million takes a day.
    const conversations = { long: 10_000, short: 1_000_000, share: 0.12, atOnce: 16, patience: 60_000 };
    const inside = { ...conversations, long: 5000 };
    {
      await using seat = await ServeSeat.open({ look });
      await trials.row('serve', conversations, async (random, index) => {
        const protocol = random.pick(PROTOCOLS);
        await seat.converse(protocol, random, withLogin(random, protocol, saying(random, protocol, 'client'), index));
        if (index % REPORTED_AT === 0) await expectWhole(seat.report());
      });
    }
    {
      await using seat = await ServeSeat.open({ look, mayBeSafe: true });
      await trials.row('serve, inside TLS', inside, async (random, index) => {
        const protocol = random.pick(PROTOCOLS);
        const speech = withLogin(random, protocol, saying(random, protocol, 'client'), index);
        await seat.converseInside(protocol, random, speech, random.oneIn(2));
        if (index % REPORTED_AT === 0) await expectWhole(seat.report());
      });
    }
    {
      await using seat = await ProxySeat.open({ look });
      await trials.row('proxy, the client', conversations, async (random, index) => {
        const protocol = random.pick(PROTOCOLS);
        await seat.converse(protocol, random, withLogin(random, protocol, saying(random, protocol, 'client'), index));
        if (index % REPORTED_AT === 0) for (const each of seat.reports()) await expectWhole(each);
      });
    }
    {
      await using seat = await ProxySeat.open({ look, mayBeSafe: true });
      await trials.row('proxy, the client inside TLS', inside, async (random, index) => {
        const protocol = random.pick(PROTOCOLS);
        await seat.converseInside(
          protocol,
          random,
          withLogin(random, protocol, saying(random, protocol, 'client'), index),
        );
        if (index % REPORTED_AT === 0) for (const each of seat.reports()) await expectWhole(each);
      });
    }
    await trials.row('proxy, the server', { ...conversations, atOnce: 8 }, async (random) => {
      const protocol = random.pick(PROTOCOLS);
      const { pieces } = saying(random, protocol, 'client');
      await throughProxy(protocol, random, saying(random, protocol, 'server'), pieces);
    });
    let [audits, tests] = [0, 0];
    await trials.row(
      'audit',
      { long: 500, short: 40_000, share: 0.12, atOnce: 8, patience: 60_000 },
      async (random) => {
        const protocol = random.pick(PROTOCOLS);
        const few = Array.from({ length: 3 }, () => saying(random, protocol, 'server'));
        const made = await audited(protocol, random, () => random.pick(few));
        audits += made;
      },
    );
    await trials.row('test', { long: 200, short: 25_000, share: 0.12, atOnce: 4, patience: 60_000 }, async (random) => {
      const protocol = random.pick(PROTOCOLS);
      const speeches = Array.from({ length: 20 }, () => saying(random, protocol, 'client'));
      const fitting = casesOf(scenarios, protocol, 'starttls', 'server').filter(
        ({ scenario: { needs = [] } }) => needs.length === 0,
      );
      const made = await tested(protocol, random.pick(fitting).scenario.id, random, speeches);
      tests += made;
    });
    return {
      rows: trials.rows,
      notes: [`conversations of audit ${String(audits)}, of test ${String(tests)}`],
    };
  },
};

const SPELLINGS: readonly ((password: string) => string)[] = [
  (password) => password,
  (password) => password.toUpperCase(),
  (password) => Buffer.from(password).toString('base64'),
  (password) => Buffer.from(`\0x\0${password}`).toString('base64'),
  (password) => Buffer.from(password).toString('hex'),
  (password) => `"${password}"`,
  (password) => password.slice(3, 14),
];
/** Of so many conversations one says a password, and of so many verdicts one is searched for it. */
const LOOKED_AT = 8;
/** After so many conversations the reports are rendered. */
const REPORTED_AT = 2000;

export default fuzz;
