import { judge } from '../../../src/document/judge.js';
import { recordingOf } from '../../../src/document/recording.js';
import { proxy } from '../../../src/serving/named-proxy.js';
import { serve, type RunningServer } from '../../../src/serving/named-serve.js';
import type { ServedVerdict as Verdict } from '../../../src/serving/serve.js';
import { judgeBoth, type Serving } from '../honest.js';
import { mutated, scripts, segments } from '../mutation.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { speak } from '../speaking.js';
import { Trials } from '../trials.js';

const b64 = (text: string): string => Buffer.from(text).toString('base64');

/** Words of protocols, and pieces of what honest clients and servers say: as passwords they poison what is masked. */
const PASSWORDS: readonly string[] = [
  ...[
    'MAIL FROM',
    'RCPT TO',
    'DATA',
    'STARTTLS',
    '250 STARTTLS',
    '354 ',
    'EHLO honest',
    'AUTH PLAIN',
    '235 ',
    'QUIT',
    '220 ',
  ],
  ...[
    'honest-careful',
    'honest-careless',
    '\r\n',
    ' ',
    '250',
    'AUTH',
    'lab.test',
    'Subject',
    'MAIL FROM:<',
    '220 go',
    '.',
  ],
];

const stranger = async (port: number, random: Random, all: ReturnType<typeof scripts>): Promise<void> => {
  const password = random.pick(PASSWORDS);
  const [user, name] = [random.pick(PASSWORDS), random.pick(['honest', 'lab.test', 'x', 'stranger'])];
  const lines = random.oneIn(3)
    ? mutated(random, random.pick(all.filter(({ from }) => from === 'client')), all)
    : [
        `EHLO ${name}\r\n`,
        `AUTH PLAIN ${b64(`\0${user}\0${password}`)}\r\n`,
        'AUTH LOGIN\r\n',
        `${b64(user)}\r\n`,
        `${b64(password)}\r\n`,
      ];
  const pieces = segments(random, Buffer.from(lines.join(''), 'latin1'));
  await speak(port, pieces, random.pick(['fin', 'reset', 'garbage']), random, 1000, STRANGERS);
};

/** Random strangers beside an honest and a leaking client: the verdicts of the two are always the same, and those on their recordings. */
const poison: Piece = {
  id: 'poison',
  title: 'Poison',
  run: async (options) => {
    const trials = new Trials('poison', options);
    const all = scripts();
    await trials.row('serve', { long: 2000, short: 500, share: 0.6, patience: 120_000 }, async (random, index) => {
      const verdicts: Verdict[] = [];
      const told: Serving['verdicts'][number][] = [];
      await using running: RunningServer = await serve({
        protocol: 'smtp',
        tls: 'starttls',
        scenario: ['control', 'starttls-not-offered'],
        seed: `${options.seed}${String(index)}`,
        idle: 500,
        onVerdict: (verdict) => {
          verdicts.push(verdict);
          const { client, judgement, one, peer } = verdict;
          if (!peer.startsWith(STRANGERS))
            told.push({ case: `${one.scenario.id}@`, status: judgement.status, because: judgement.because, client });
        },
      });
      const serving: Serving = {
        ca: running.ca,
        verdicts: told,
        endpoint: (_, scenario) => {
          const found = running.endpoints.find((each) => each.case.startsWith(`${scenario}@`));
          if (found === undefined) throw new Error(`no endpoint for ${scenario}`);
          return found;
        },
        next: () => new Promise((resolve) => setTimeout(resolve, 10)),
      };
      let isOver = false;
      const crowd = Array.from({ length: 3 }, async () => {
        while (!isOver) await stranger(random.pick(running.endpoints).port, random, all);
      });
      const judged = await judgeBoth(serving).finally(() => (isOver = true));
      await Promise.all(crowd);
      const wrong = judged.filter(({ isRight }) => !isRight);
      if (wrong.length > 0)
        throw new Error(wrong.map(({ who, status, because }) => `${who}: ${status}: ${because}`).join('; '));
      for (const { visit, masks, judgement, isOpen } of verdicts) {
        if (isOpen) continue;
        const again = judge(recordingOf(visit, masks));
        if (again.status !== judgement.status)
          throw new Error(`judged ${judgement.status}, its recording ${again.status}: ${again.because}`);
      }
    });
    await trials.row('proxy', { long: 2000, short: 500, share: 0.4, patience: 120_000 }, async (random) => {
      const told: Serving['verdicts'][number][] = [];
      // The real server is an honest one of ours; of strangers it takes no login.
      await using server = await serve({ protocol: 'smtp', tls: 'starttls', idle: 5000 });
      const [real] = server.endpoints;
      if (real === undefined) throw new Error('no server');
      const started = (scenario: string): ReturnType<typeof proxy> =>
        proxy({
          ...{ target: `submission://127.0.0.1:${String(real.port)}`, scenario, ca: server.ca, idle: 500 },
          onConnection: ({ client, judgement, one, peer }) => {
            if (!peer.startsWith(STRANGERS))
              told.push({
                case: `${one.scenario.id}@`,
                status: judgement.status,
                because: judgement.because,
                client,
              });
          },
        });
      await using control = await started('control');
      await using attacking = await started('starttls-not-offered');
      const serving: Serving = {
        ca: `${control.ca}\n${attacking.ca}`,
        verdicts: told,
        endpoint: (_, scenario) => ({ ...real, port: (scenario === 'control' ? control : attacking).port }),
        next: () => new Promise((resolve) => setTimeout(resolve, 10)),
      };
      let isOver = false;
      const crowd = Array.from({ length: 3 }, async () => {
        while (!isOver) await stranger(random.pick([control, attacking]).port, random, all);
      });
      const judged = await judgeBoth(serving).finally(() => (isOver = true));
      await Promise.all(crowd);
      const wrong = judged.filter(({ isRight }) => !isRight);
      if (wrong.length > 0)
        throw new Error(wrong.map(({ who, status, because }) => `${who}: ${status}: ${because}`).join('; '));
      for (const bug of [...control.bugs(), ...attacking.bugs()]) throw bug;
    });
    return { rows: trials.rows };
  },
};

/** Where strangers come from; to waxseal it is this machine, as all of loopback. */
const STRANGERS = '127.0.0.9';

export default poison;
