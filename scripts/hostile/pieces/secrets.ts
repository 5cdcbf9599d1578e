import { buildSync } from 'esbuild';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackedSource } from '../../../test/support/html-page.js';
import formats from '../../../src/report/formats/index.js';
import { createAuthority } from '../../../src/tls/certificate-authority.js';
import type { Piece } from '../piece.js';
import type { Random } from '../random.js';
import type { Plan } from '../secrets/client.js';
import { talk } from '../secrets/dialogue.js';
import { MANNERS, startEchoingProxy } from '../secrets/echoing-proxy.js';
import { logins, OPENING, type Login } from '../secrets/logins.js';
import { SecretSearch, type Needle } from '../secrets/needles.js';
import { Run } from '../secrets/run.js';
import { startUpstream } from '../secrets/upstream.js';
import { Trials } from '../trials.js';

/** One login on a connection of its own. */
interface Say extends Needle {
  readonly login: Login;
  readonly tls: boolean;
  readonly cut: number | 'bytes';
}

const PROTOCOLS = ['imap', 'smtp', 'pop3', 'managesieve'] as const;
type Spoken = (typeof PROTOCOLS)[number];

const LETTERS = 'abcdefghijkmnpqrstuvwyz23456789';
const word = (random: Random, length: number): string =>
  Array.from({ length }, () => LETTERS[random.int(LETTERS.length)] ?? 'a').join('');

/** Kinds of passwords that people have; each has random letters, so that it stands nowhere by chance. */
const PASSWORDS: readonly (readonly [name: string, make: (random: Random, user: string) => string])[] = [
  ['plain', (random) => word(random, 14)],
  ['with spaces', (random) => `${word(random, 5)} ${word(random, 4)}  ${word(random, 7)}`],
  ['quoted', (random) => `"${word(random, 6)}"${word(random, 6)}'`],
  ['with backslashes', (random) => `${word(random, 5)}\\${word(random, 5)}\\\\"${word(random, 4)}`],
  ['not ASCII', (random) => `pä${word(random, 5)}ß☃${word(random, 6)}ключ${word(random, 4)}`],
  ['long', (random) => word(random, 200)],
  ['with the user name', (random, user) => `${user}${word(random, 12)}`],
  ['like a literal', (random) => `{12}${word(random, 9)}{3+}`],
  ['like markup', (random) => `<${word(random, 6)}&${word(random, 6)}>%41${word(random, 5)}`],
  ['like base64', (random) => Buffer.from(word(random, 15)).toString('base64')],
  ['AUTHENTICATE', () => 'AUTHENTICATE'],
  ['MAIL FROM', () => 'MAIL FROM'],
  ['A002 STARTTLS', () => 'A002 STARTTLS'],
  ['OK Begin', () => 'OK Begin'],
];

/** What passwords that are words are made of; pieces of others that stand in here tell nothing. */
const WORDS = `${PASSWORDS.slice(-4)
  .map(([name]) => name)
  .join('\n')}\nXXXXXXXXXXXXXXXX\nusername=password`;

/** Logins whose password nobody prints. */
const UNPRINTED = /MD5|SCRAM|APOP|NTLM|nobody|cut off|without quotes|badly|not in base64/;

/** The longest line that is cut at every byte. */
const LONGEST = 300;

/** Number `index` of all that there is to say, in an order that mixes them. */
const sayOf = (protocol: Spoken, index: number, random: Random, seat: 'server' | 'middle'): Say => {
  const mine = logins.filter((login) => login.protocol === protocol);
  const login = mine[index % mine.length] ?? random.pick(mine);
  const rest = Math.floor(index / mine.length);
  const [name, make] = PASSWORDS[rest % PASSWORDS.length] ?? random.pick(PASSWORDS);
  const further = Math.floor(rest / PASSWORDS.length);
  const user = `user${word(random, 6)}`;
  // Said without quotes or base64, what looks like a literal is one.
  const isBare = /not in base64|without quotes|badly|in literals|^after/.test(login.name) && name === 'like a literal';
  const cut = further % 7 === 6 ? 'bytes' : further % LONGEST;
  // Where a word stands alone, nothing tells a password that is a word from the word.
  const made = isBare || (login.isStray === true && WORDS.includes(name)) ? word(random, 12) : make(random, user);
  return {
    name: `${login.name}, ${name}`,
    user,
    password: made,
    login,
    tls: random.oneIn(seat === 'middle' ? 3 : 2),
    cut,
  };
};

/** First logins of each protocol, after which a secret is known. */
const ordinary = (protocol: Spoken): Login => {
  const name = { imap: 'LOGIN quoted', smtp: 'PLAIN at once', pop3: 'USER and PASS', managesieve: 'PLAIN at once' }[
    protocol
  ];
  const found = logins.find((login) => login.protocol === protocol && login.name === name);
  if (found === undefined) throw new Error(`no login ${name}`);
  return found;
};

const saidBy = async (
  port: number,
  says: readonly Say[],
  search: SecretSearch,
  seat: 'server' | 'middle',
): Promise<void> => {
  for (let at = 0; at < says.length; at += AT_ONCE)
    await Promise.all(
      says.slice(at, at + AT_ONCE).map(async (say) => {
        const { user, password, login, tls, cut } = say;
        search.add(say);
        const { first, upgrade } = OPENING[login.protocol] ?? { first: '', upgrade: '' };
        const wire = Buffer.from(password).toString('latin1');
        const before =
          login.isStray === true && seat === 'server' ? ordinary(login.protocol as Spoken).steps(user, wire) : [];
        const digests = await talk({
          port,
          opening: tls ? [first, upgrade] : [first],
          tls,
          steps: [...before, ...login.steps(user, wire)],
          cut,
        });
        for (const digest of digests) search.addDigest(digest);
      }),
    );
};

/** Fails with the first secret in any of the texts. */
const expectNone = (search: SecretSearch, texts: readonly (readonly [where: string, text: string])[]): void => {
  for (const [where, text] of texts) {
    const found = search.found(unpackedSource(text));
    if (found !== undefined) throw new Error(`${where.replace(/.*\/(out|scratch)\//, '$1/')} has ${found}`);
  }
};

const reports = (run: Run, name: string): string[] =>
  formats.flatMap(({ id }) => ['--report', `${id}:${join(run.out, `${name}.${id}`)}`]);

/** Judges all recordings anew, in every format, and searches that too. */
const judged = async (run: Run, search: SecretSearch, folder: string): Promise<void> => {
  if (readdirSync(folder).length === 0) throw new Error('nothing was recorded');
  const again = run.start(['judge', folder, '--transcript', '--verbose', ...reports(run, 'judged')]);
  await again.closed;
  expectNone(search, [['what judge printed', again.printed.text], ...run.files()]);
};

const piece: Piece = {
  id: 'secrets',
  title: 'Secrets: nothing written tells a password',
  run: async (options) => {
    const trials = new Trials('secrets', options);
    const authority = await createAuthority();
    const { certPem: cert, keyPem: key } = await authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] });
    const credential = { cert, key };
    const many = options.long ? 400 : 60;
    let said = 0;

    const says = (random: Random, index: number, seat: 'server' | 'middle'): readonly [Spoken, Say[]] => {
      const protocol = PROTOCOLS[index % PROTOCOLS.length] ?? 'imap';
      const from = options.long ? Math.floor(index / PROTOCOLS.length) * many : random.int(100_000);
      said += many;
      return [protocol, Array.from({ length: many }, (_, each) => sayOf(protocol, from + each, random, seat))];
    };

    await trials.row(
      'serve',
      { long: 200, short: 8, share: 0.3, patience: PATIENCE, atOnce: options.long ? 2 : 1 },
      async (random, index) => {
        using run = new Run();
        const [protocol, all] = says(random, index, 'server');
        const search = new SecretSearch(WORDS);
        const record = join(run.out, 'recordings');
        const account = join(run.folder, 'password');
        const [first] = all;
        if (first !== undefined) writeFileSync(account, first.password, { mode: 0o600 });
        const served = run.start([
          ...['serve', '--protocol', protocol, '--tls', 'starttls', '--scenario', 'control'],
          ...['--scenario', 'starttls-not-offered', '--format', 'json', '--record', record, ...reports(run, 'served')],
          ...(first !== undefined && random.oneIn(2) ? ['--account', `${first.user}:${account}`] : []),
        ]);
        await served.says(/"event":"ready"/);
        const ports = [...served.printed.text.matchAll(/"event":"endpoint".*?"port":(\d+)/g)].map(([, port]) =>
          Number(port),
        );
        for (const [half, port] of ports.entries())
          await saidBy(
            port,
            all.filter((_, each) => each % ports.length === half),
            search,
            'server',
          );
        expectNone(search, [...served.open(), ...run.files()]);
        served.child.kill('SIGINT');
        await served.closed;
        expectNone(search, [['what serve printed', served.printed.text], ...run.files()]);
        await judged(run, search, record);
      },
    );

    await trials.row(
      'proxy',
      { long: 200, short: 8, share: 0.3, patience: PATIENCE, atOnce: options.long ? 2 : 1 },
      async (random, index) => {
        using run = new Run();
        const [protocol, all] = says(random, index, 'middle');
        const search = new SecretSearch(WORDS);
        await using upstream = await startUpstream(protocol, credential);
        const ca = join(run.folder, 'ca.pem');
        writeFileSync(ca, authority.pem);
        const tls = random.oneIn(2);
        const record = join(run.out, 'recordings');
        const proxy = run.start([
          ...['proxy', `127.0.0.1:${String(upstream.port)}`, '--protocol', protocol, '--tls', 'starttls', '--ca', ca],
          ...['--scenario', tls ? 'control' : 'starttls-not-offered', '--no-control', '--record', record],
          ...['--transcript', '--verbose', ...reports(run, 'proxied')],
        ]);
        const [, port] = await proxy.says(/listening on [^ ]*:(\d+)/);
        await saidBy(
          Number(port),
          all.map((say) => ({ ...say, tls })),
          search,
          'middle',
        );
        expectNone(search, [...proxy.open(), ...run.files()]);
        proxy.child.kill('SIGINT');
        await proxy.closed;
        expectNone(search, [['what proxy printed', proxy.printed.text], ...run.files()]);
        await judged(run, search, record);
      },
    );

    let built: string | undefined;
    const client = (): string => (built ??= builtClient());
    const tested = async (random: Random, index: number, through: boolean): Promise<void> => {
      using run = new Run();
      const protocol = PROTOCOLS[index % PROTOCOLS.length] ?? 'imap';
      const search = new SecretSearch(WORDS);
      // What a digest proves is no value that can be looked for in what the client prints; of the rest, half are strays.
      const printable = Array.from({ length: options.long ? 60 : 20 }, () =>
        sayOf(protocol, random.int(100_000), random, 'middle'),
      )
        .filter(({ login: { isStray, name } }) => isStray !== true && !UNPRINTED.test(name))
        .slice(0, options.long ? 12 : 4)
        .map((say) => ({ ...say, protocol, name: say.login.name, tls: false }));
      for (const say of printable) search.add(say);
      const account = {
        name: 'account',
        user: `user${word(random, 6)}`,
        password: random.pick(PASSWORDS.slice(0, -4))[1](random, ''),
      };
      search.add(account);
      const plan = join(run.folder, 'plan.json');
      writeFileSync(plan, JSON.stringify({ talks: printable, ...(through && { account: true }) } satisfies Plan));
      await using upstream = await startUpstream(protocol, credential);
      const files = { account: join(run.folder, 'account'), ca: join(run.folder, 'ca.pem') };
      writeFileSync(files.account, `${account.user}\n${account.password}\n`, { mode: 0o600 });
      writeFileSync(files.ca, authority.pem);
      const record = join(run.out, 'recordings');
      const test = run.start([
        ...['test', '--no-self-test', '--protocol', protocol, '--tls', 'starttls', '--scenario', 'control'],
        ...[
          '--scenario',
          'starttls-not-offered',
          '--transcript',
          '--verbose',
          '--record',
          record,
          ...reports(run, 'tested'),
        ],
        ...(through
          ? ['--through', `127.0.0.1:${String(upstream.port)}`, '--ca', files.ca, '--account', files.account]
          : []),
        ...['--', process.execPath, client(), plan, '{port}'],
      ]);
      const code = await test.closed;
      if (code !== 0 && code !== 1 && code !== 3)
        throw new Error(`exit code ${String(code)}: ${test.printed.text.slice(-300)}`);
      expectNone(search, [['what test printed', test.printed.text], ...run.files()]);
      await judged(run, search, record);
      said += printable.length;
    };
    await trials.row(
      'test',
      { long: 200, short: 2, share: 0.2, patience: PATIENCE, atOnce: options.long ? 2 : 1 },
      (random, index) => tested(random, index, false),
    );
    await trials.row(
      'test --through',
      { long: 200, short: 2, share: 0.2, patience: PATIENCE, atOnce: options.long ? 2 : 1 },
      (random, index) => tested(random, index, true),
    );

    await trials.row(
      'audit, by a proxy that wants a login',
      { long: 200, short: 4, share: 0.15, patience: PATIENCE, atOnce: options.long ? 2 : 1 },
      async (random, index) => {
        using run = new Run();
        const search = new SecretSearch(WORDS);
        const protocol = PROTOCOLS[index % PROTOCOLS.length] ?? 'imap';
        const kinds = PASSWORDS.slice(0, -4);
        const [name, make] = kinds[Math.floor(index / MANNERS.length) % kinds.length] ?? random.pick(kinds);
        const user = `user${word(random, 6)}`;
        const password = make(random, user);
        search.add({ name: `proxy, ${name}`, user, password });
        search.add({ name: 'proxy, as it stands in the URL', user, password: encodeURIComponent(password) });
        await using upstream = await startUpstream(protocol, credential);
        const kind = random.oneIn(2) ? 'http' : 'socks';
        const manner = MANNERS[index % MANNERS.length] ?? 'takes it';
        await using forward = await startEchoingProxy(kind, manner, upstream.port);
        const login = `${user}:${encodeURIComponent(password)}`;
        const audit = run.start([
          ...['audit', `${protocol}://127.0.0.1:${String(upstream.port)}`, '--depth', 'quick'],
          ...['--proxy', `${kind === 'http' ? 'http' : 'socks5'}://${login}@127.0.0.1:${String(forward.port)}`],
          ...['--max-wait', '3', '--max-time', '30', '--transcript', '--verbose'],
          ...['--progress', join(run.out, 'progress'), ...reports(run, 'audited')],
        ]);
        const code = await audit.closed;
        if (code === null || code > 3) throw new Error(`exit code ${String(code)}: ${audit.printed.text.slice(-300)}`);
        expectNone(search, [['what audit printed', audit.printed.text], ...run.files()]);
        said += 1;
      },
    );

    await trials.row(
      'a password in what the user types',
      { long: 200, short: 3, share: 0.1 },
      async (random, index) => {
        using run = new Run();
        const search = new SecretSearch(WORDS);
        const password = word(random, 14);
        search.add({ name: 'typed', user: 'bob', password });
        const target = `imap://bob:${password}@127.0.0.1:9`;
        writeFileSync(join(run.folder, 'targets'), `${target}\n`);
        const rows = [
          ['audit', target],
          ['proxy', target],
          ['test', '--through', target, '--', 'true'],
          ['audit', '--targets', 'targets'],
        ];
        const typed = run.start(rows[index % rows.length] ?? []);
        await typed.closed;
        expectNone(search, [['what it printed', typed.printed.text], ...run.files()]);
      },
    );
    if (built !== undefined) rmSync(dirname(built), { recursive: true, force: true });
    return { rows: trials.rows, notes: [`about ${String(said)} logins said`] };
  },
};

/** The client of `test` in one file, which starts in a quarter of the time. */
const builtClient = (): string => {
  const outfile = join(mkdtempSync(join(tmpdir(), 'hostile-client-')), 'client.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('../secrets/client.ts', import.meta.url))],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
  return outfile;
};

const AT_ONCE = 16;
const PATIENCE = 600_000;

export default piece;
