import { casesOf } from '../../../src/cases/case.js';
import scenarios from '../../../src/scenarios/index.js';
import { mutated, scripts, segments, type Script } from '../mutation.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { audited, PROTOCOLS, ProxySeat, ServeSeat, tested, throughProxy, type Speech, type Spoken } from '../seats.js';
import { ENDINGS } from '../speaking.js';
import { Trials } from '../trials.js';

/** Real dialogues, changed at random, in every seat. A row's attempts are conversations; of `audit` and `test` whole runs of many. */
const fuzz: Piece = {
  id: 'fuzz',
  title: 'Fuzz: seats',
  run: async (options) => {
    const trials = new Trials('fuzz', options);
    const all = scripts();
    const saying = (random: Random, protocol: Spoken, from: Script['from']): Speech => {
      const mine = all.filter((script) => script.from === from && (script.protocol === protocol || random.oneIn(20)));
      const lines = mutated(random, random.pick(mine), all);
      const bytes = lines.map((line) => Buffer.from(line, 'latin1'));
      return {
        // A server answers line by line, a client says it all.
        pieces: from === 'server' && !random.oneIn(4) ? bytes : segments(random, Buffer.concat(bytes)),
        // Who stays silent costs time, and nothing new after the first.
        ending: random.oneIn(10) ? random.pick(ENDINGS) : random.pick(['fin', 'reset']),
      };
    };
    const conversations = { long: 1_000_000, short: 1_000_000, share: 0.2, atOnce: 24 };
    {
      await using seat = await ServeSeat.open();
      await trials.row('serve', conversations, async (random) => {
        const protocol = random.pick(PROTOCOLS);
        await seat.converse(protocol, random, saying(random, protocol, 'client'));
      });
    }
    {
      await using seat = await ProxySeat.open();
      await trials.row('proxy, the client', conversations, async (random) => {
        const protocol = random.pick(PROTOCOLS);
        await seat.converse(protocol, random, saying(random, protocol, 'client'));
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
      { long: 40_000, short: 40_000, share: 0.2, atOnce: 8, patience: 60_000 },
      async (random) => {
        const protocol = random.pick(PROTOCOLS);
        const few = Array.from({ length: 3 }, () => saying(random, protocol, 'server'));
        const made = await audited(protocol, random, () => random.pick(few));
        audits += made;
      },
    );
    await trials.row(
      'test',
      { long: 25_000, short: 25_000, share: 0.2, atOnce: 4, patience: 60_000 },
      async (random) => {
        const protocol = random.pick(PROTOCOLS);
        const speeches = Array.from({ length: 20 }, () => saying(random, protocol, 'client'));
        const fitting = casesOf(scenarios, protocol, 'starttls', 'server').filter(
          ({ scenario: { needs = [] } }) => needs.length === 0,
        );
        const made = await tested(protocol, random.pick(fitting).scenario.id, random, speeches);
        tests += made;
      },
    );
    return {
      rows: trials.rows,
      notes: [`conversations of audit ${String(audits)}, of test ${String(tests)}`],
    };
  },
};

export default fuzz;
