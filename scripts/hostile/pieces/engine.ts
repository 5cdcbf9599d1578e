import { AuditEngine } from '../audit-engine.js';
import { Engine, onLeg, stored } from '../engine.js';
import { mutated, scripts, segments, type Script } from '../mutation.js';
import { useMemoryNetwork } from '../memory-network.js';
import type { Piece } from '../piece.js';
import { expectWhole } from '../whole.js';
import type { Random } from '../random.js';
import { LOGINS, PROTOCOLS, type Speech, type Spoken } from '../seats.js';
import { SecretSearch } from '../secrets/needles.js';
import { Trials } from '../trials.js';
import { useVirtualClock } from '../virtual-clock.js';

/** The same dialogues as `fuzz`, without listeners, accepting and patience: a million of them take minutes instead of hours. */
const engine: Piece = {
  id: 'engine',
  title: 'Fuzz: engines of the seats, no sockets',
  run: async (options) => {
    useMemoryNetwork();
    useVirtualClock();
    const trials = new Trials('engine', options);
    const all = scripts();
    const made = await Engine.make();
    const saying = (random: Random, protocol: Spoken, from: Script['from']): Speech => {
      const mine = all.filter((script) => script.from === from && (script.protocol === protocol || random.oneIn(20)));
      const bytes = trials.kept(mutated(random, random.pick(mine), all)).map((line) => Buffer.from(line, 'latin1'));
      return {
        pieces: from === 'server' || random.oneIn(2) ? bytes : segments(random, Buffer.concat(bytes)),
        ending: random.oneIn(200) ? 'silence' : random.pick(['fin', 'reset', 'garbage']),
      };
    };
    /** What is stored is looked at once in so many times: to mask takes longer than to converse. */
    const looked = (seat: 'server' | 'middle', several: boolean) => async (random: Random, index: number) => {
      const protocol = random.pick(PROTOCOLS);
      const speeches = Array.from({ length: several ? 1 + random.int(4) : 1 }, () =>
        saying(random, protocol, 'client'),
      );
      const isLooked = index % LOOKED_AT === 0;
      const password = `zq${random.bytes(9).toString('hex')}`;
      const login = isLooked ? LOGINS[protocol]('somebody', password).map((line) => Buffer.from(line)) : [];
      const printed = random.oneIn(4) ? Buffer.concat(speeches[0]?.pieces ?? []).toString('latin1') : '';
      const [first, ...others] = speeches;
      if (first === undefined) return;
      const played = await made.visit(
        seat,
        protocol,
        random,
        [{ ...first, pieces: [...login, ...first.pieces] }, ...others],
        printed,
      );
      if (!isLooked) return;
      const search = new SecretSearch('');
      search.add({ name: protocol, user: 'somebody', password });
      stored(played, (text) => {
        const found = search.found(text);
        if (found !== undefined) throw new Error(`told: ${found}`);
      });
    };
    const wanted = { long: 1_000_000, short: 1_000_000, share: 0.2, atOnce: 64, patience: 300_000 };
    await trials.row('serve', wanted, looked('server', false));
    await trials.row('proxy, the client', wanted, looked('middle', false));
    await trials.row('proxy, the server', wanted, async (random) => {
      const protocol = random.pick(PROTOCOLS);
      await onLeg(protocol, random, saying(random, protocol, 'server'), saying(random, protocol, 'client').pieces);
    });
    await trials.row(
      'test, visits of one to four',
      { ...wanted, long: 400_000, patience: 300_000 },
      looked('server', true),
    );
    const audited = await AuditEngine.make(all);
    await trials.row(
      'audit, of some 20 conversations',
      { ...wanted, long: 48_000, atOnce: 8 },
      async (random, index) => {
        const session = await audited.audit(random, (protocol) => saying(random, protocol, 'server'));
        if (index % LOOKED_AT === 0) await expectWhole(session.report());
      },
    );
    return { rows: trials.rows, notes: [`conversations of audits: ${String(audited.connections)}`] };
  },
};

const LOOKED_AT = 16;

export default engine;
