import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgeReport } from '../../../src/document/judge.js';
import { Fault } from '../../../src/fault.js';
import { guideClaims } from '../../../src/guide/guide.js';
import { badName, openSession } from '../../../src/place/visit-home.js';
import { SealedConnection } from '../../../src/proxy/sealed-connection.js';
import protocols from '../../../src/protocols/index.js';
import { Dialogue } from '../../../src/protocols/dialogue.js';
import { renderReport } from '../../../src/report/render.js';
import formats from '../../../src/report/formats/index.js';
import { parseTargets } from '../../../src/targets/target.js';
import { buildClientHello } from '../../../src/tls/build-hello.js';
import { createAuthority } from '../../../src/tls/certificate-authority.js';
import { parseClientHello } from '../../../src/tls/client-hello.js';
import { inspectChain } from '../../../src/tls/inspect-chain.js';
import { inspectCertificate } from '../../../src/tls/inspect.js';
import { PresentedChain } from '../../../src/tls/presented-chain.js';
import { ServerFlightReader } from '../../../src/tls/server-flight.js';
import { parseKnown } from '../../../src/verdict/known-list.js';
import { knownStates } from '../../../src/verdict/known.js';
import { RecordFilter } from '../../../src/wire/record-filter.js';
import { TlsSeeker } from '../../../src/wire/tls-seeker.js';
import { longConnection } from '../long-connection.js';
import { mutated, mutatedBytes, mutatedJson, recordings, scripts, segments } from '../mutation.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import { serverFlight } from '../server-flight.js';
import { Trials } from '../trials.js';

/** Only what is said to be wrong, in words, may be thrown. */
const refusing = (work: () => void): void => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'HARNESS_BUG') throw error;
  }
};

/** Setup guides in every form, right and wrong. */
const guideFixtures = (): readonly (readonly [name: string, bytes: Buffer])[] => {
  const folder = fileURLToPath(new URL('../../../fixtures/guides', import.meta.url));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name))]);
};

const KNOWN = JSON.stringify([
  { case: 'starttls-refused/*@smtp+starttls#server', status: 'unsafe', reason: 'x', until: '2027-01-31' },
  { case: '*', status: 'fail', reason: 'y' },
]);
const TARGETS =
  'mail.example.org\nimaps://[::1]:993\nsmtp://127.0.0.1:25 # x\n\nxn--bcher-kva.example\npop3://host:110/\n';
const FILE_NAMES = '.msmtprc .config/x/y ../../etc/passwd /etc/passwd ./a/../../b a//b ~ . .. a\0b a/./b'.split(' ');

/** Grammar-based mutation of everything that reads: recordings, reports, lists, names, TLS, certificates, dialogues. */
const readers: Piece = {
  id: 'readers',
  title: 'Fuzz: readers',
  run: async (options) => {
    const trials = new Trials('readers', options);
    const share = 1 / 11;
    const wanted = { long: 1_000_000, short: 20_000, share };
    const documents = recordings();
    const dialogues = scripts();
    const guides = guideFixtures();
    const authority = await createAuthority();
    const leaf = await authority.issue('good', { dns: ['mail.lab.test'], ip: ['127.0.0.1'] });
    const [der] = inspectable(leaf.certPem);
    const hello = buildClientHello({ versions: ['TLSv1.3', 'TLSv1.2'], servername: 'mail.lab.test' });
    const flight = await serverFlight(leaf.certPem, leaf.keyPem);

    await trials.row('judge', wanted, (random) => {
      const [name, text] = random.pick(documents);
      const judged = judgeReport([[name, mutatedJson(random, text)]]);
      if (judged.report.results.length + (judged.report.faults?.length ?? 0) !== 1) throw new Error('nothing was said');
    });
    await trials.row('guides', wanted, (random) => {
      const [name, bytes] = random.pick(guides);
      refusing(() => {
        for (const { line, quote, state, correction } of guideClaims(mutatedBytes(random, bytes))) {
          if (line < 1 || quote === '') throw new Error(`${name}: a claim without words`);
          if ((state === 'wrong') !== (correction !== undefined) && state !== 'note')
            throw new Error(`${name}: ${state} ${correction ?? 'without a correction'}`);
        }
      });
    });
    await trials.row('reports', { ...wanted, long: 100_000 }, (random) => {
      const several = Array.from({ length: 1 + random.int(3) }, () => random.pick(documents));
      const { report, seen } = judgeReport(several.map(([name, text]) => [name, mutatedJson(random, text)] as const));
      for (const { id } of formats) {
        const text = renderReport(report, id, { visits: seen, width: 40 + random.int(100), transcripts: 'all' });
        const raw = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])/.exec(
          text,
        );
        if (raw !== null)
          throw new Error(
            `${id}: raw ${JSON.stringify(raw[0])} in ${JSON.stringify(text.slice(Math.max(0, raw.index - 60), raw.index + 20))}`,
          );
        if (id === 'json') JSON.parse(text);
      }
    });
    await trials.row('--known', wanted, (random) => {
      refusing(() => {
        const list = parseKnown(mutatedJson(random, KNOWN), 'known.json');
        knownStates(list, [{ case: 'starttls-refused/454@smtp+starttls#server', status: 'unsafe' }], '2026-01-01');
      });
    });
    await trials.row('--targets', wanted, (random) => {
      const text = mutatedBytes(random, Buffer.from(TARGETS)).toString(random.pick(['utf8', 'latin1']));
      refusing(() => void parseTargets(text));
    });
    const base = mkdtempSync(join(tmpdir(), 'wax-names-'));
    await using session = openSession(join(base));
    await trials.row('--file names', { ...wanted, long: 50_000, short: 2000 }, (random) => {
      const name = mutatedBytes(random, Buffer.from(random.pick(FILE_NAMES))).toString('latin1');
      const before = outside(base, session.path);
      const home = session.home('v');
      try {
        if (badName(name) === undefined) home.write(name, 'x');
      } finally {
        rmSync(home.path, { recursive: true, force: true });
      }
      const after = outside(base, session.path);
      if (after !== before) throw new Error(`written outside the home: ${JSON.stringify(name)}`);
    });
    rmSync(base, { recursive: true, force: true });
    await trials.row('ClientHellos and records', wanted, (random) => {
      const bytes = Buffer.concat([random.bytes(random.int(4)), mutatedBytes(random, hello)]);
      parseClientHello(mutatedBytes(random, hello));
      const [filter, seeker, sealed] = [new RecordFilter(), new TlsSeeker(() => undefined), new SealedConnection()];
      for (const piece of segments(random, bytes)) {
        filter.push(piece);
        seeker.push(piece, random.oneIn(2));
        sealed.push(random.pick(['client', 'server'] as const), piece);
      }
    });
    await trials.row('server flights', wanted, (random) => {
      const [reader, chain] = [new ServerFlightReader(), new PresentedChain()];
      for (const piece of segments(random, mutatedBytes(random, flight))) {
        reader.push(piece);
        chain.push(piece);
      }
      reader.end();
    });
    await trials.row('certificates', { ...wanted, long: 200_000 }, (random) => {
      const bytes = mutatedBytes(random, der);
      inspectCertificate(bytes);
      inspectChain([bytes, mutatedBytes(random, der)], { roots: [authority.pem], servername: 'mail.lab.test' });
    });
    await trials.row('dialogues', wanted, (random) => {
      const script = random.pick(dialogues);
      const dialogue = new Dialogue(protocols[script.protocol]);
      for (let turns = 1 + random.int(3); turns > 0; turns -= 1) both(random, dialogue, dialogues, script.protocol);
    });
    await trials.row('half a megabyte of one client', { long: 2000, short: 200, share, patience: 60_000 }, (random) => {
      const before = process.cpuUsage();
      const { seen, password } = longConnection(random);
      const { user } = process.cpuUsage(before);
      if (seen.bug !== undefined) throw new Error('a judge threw', { cause: seen.bug });
      if (JSON.stringify(seen.visit).includes(password)) throw new Error(`told: ${password}`);
      if (user > MOST_COMPUTED) throw new Error(`it took ${String(Math.round(user / 1000))} ms to judge and to mask`);
    });
    return { rows: trials.rows };
  },
};

/** Microseconds of computing; ten times as much as it takes, and a fraction of what grows with the square of it. */
const MOST_COMPUTED = 3_000_000;

const both = (random: Random, dialogue: Dialogue, all: ReturnType<typeof scripts>, protocol: string): void => {
  const script = random.pick(all.filter((each) => each.protocol === protocol));
  for (const piece of segments(random, Buffer.from(mutated(random, script, all).join(''), 'latin1'))) {
    if (script.from === 'server') dialogue.server(piece);
    else {
      dialogue.client(piece);
      for (let placed = dialogue.next(); placed !== undefined; placed = dialogue.next())
        dialogue.answering(placed.unit);
    }
  }
};

/** What stands beside a session's folder. */
const outside = (base: string, session: string): string =>
  readdirSync(base)
    .filter((name) => join(base, name) !== dirname(session) && join(base, name) !== session)
    .join(' ');

const inspectable = (pem: string): [Buffer] => [
  Buffer.from(pem.replace(/-----END[^]*/, '').replace(/-----[^-]+-----|\s/g, ''), 'base64'),
];

export default readers;
