/**
 * Records the sessions of fixtures/reports/sessions in the lab of the pages (test/docs/lab.ts): audits of a good and a bad host, of a
 * good and a bad domain, and by a norm; a safe and an unsafe client, a proxy with three clients. Kept is what their text needs. Needs namespaces, curl and Python; then run
 * scripts/golden-report.ts. Names as arguments record those sessions only.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../src/document/report-model.js';
import { startNamespaceTree } from '../src/place/namespace-tree.js';
import { LAB_HOSTS } from '../test/docs/lab.js';
import { GOLDEN_FORMS, SESSIONS, goldenText } from '../test/report/golden-sessions.js';

const root = join(import.meta.dirname, '..');
const named = process.argv.slice(2);
const unknown = named.filter((name) => !SESSIONS.some((each) => each === name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; known: ${SESSIONS.join(', ')}`);
const wanted = SESSIONS.filter((name) => named.length === 0 || named.includes(name));
const folder = mkdtempSync(join(tmpdir(), 'golden-'));

/** How each session is made. */
const COMMANDS: Readonly<Record<(typeof SESSIONS)[number], string>> = {
  'good-audit': `
waxseal audit mail.example.org lmtp://mail.example.org --ca lab-ca.pem --login-attempts 6 --seed golden --report json:good-audit.json
`,
  'bad-audit': `
waxseal audit old.lab.test lmtp://old.lab.test --seed golden --report json:bad-audit.json
`,
  'good-domain': `
waxseal audit example.org --domain --resolver 192.0.2.1 --ca lab-ca.pem --seed golden --report json:good-domain.json
`,
  'bad-domain': `
waxseal audit lab.test --domain --resolver 192.0.2.1 --ca lab-ca.pem --seed golden --report json:bad-domain.json
`,
  profile: `
waxseal audit imaps://mail.example.org --ca lab-ca.pem --profile bsi-tr-02102-2 --seed golden --report json:profile.json
`,
  'safe-client': `
waxseal test --protocol imap --tls starttls --seed golden --report json:safe-client.json -- curl -sS --ssl-reqd --cacert {ca} -u {user}:{password} {url}
`,
  'unsafe-client': `
waxseal test --protocol imap --tls starttls --seed golden --report json:unsafe-client.json -- python3 "$PWD/if-offered.py" {host} {port} {user} {password} {ca}
`,
  proxy: `
for client in 11 12 13; do ip address add 192.0.2.$client/32 dev lo; done
waxseal proxy imap://mail.lab.test --ca lab-ca.pem --listen 192.0.2.1:1143 --allow-client 192.0.2.0/28 --write-ca waxseal-ca.pem --authorized-by 'our lab' --connections 6 --seed golden --report json:proxy.json 2>proxy.log &
while ! grep -q listening proxy.log; do sleep 0.1; done
for time in 1 2; do
  curl --interface 192.0.2.11 --ssl --cacert waxseal-ca.pem -u "alice:$(cat lab-password)" imap://192.0.2.1:1143/
  python3 client.py 192.0.2.12 bob
  python3 client.py 192.0.2.13 carol or-else-in-clear
done
wait
`,
};

const PYTHON = `
import imaplib, ssl, sys
context = ssl.create_default_context(cafile='waxseal-ca.pem')
class From(imaplib.IMAP4):
    def _create_socket(self, timeout):
        import socket
        return socket.create_connection((self.host, self.port), source_address=(sys.argv[1], 0))
client = From('192.0.2.1', 1143)
try:
    client.starttls(context)
except client.abort:
    if len(sys.argv) < 4: raise
client.login(sys.argv[2], 'a password that is wrong')
`;

const IF_OFFERED = `
import imaplib, ssl, sys
host, port, user, password, ca = sys.argv[1:]
client = imaplib.IMAP4(host, int(port))
if 'STARTTLS' in client.capabilities:
    client.starttls(ssl.create_default_context(cafile=ca))
client.login(user, password)
client.logout()
`;

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

type Facts = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown, ...names: readonly string[]): Facts =>
  Object.fromEntries(
    names.flatMap((name) => {
      const field = (value as Facts | undefined)?.[name];
      return field === undefined ? [] : [[name, field]];
    }),
  );

/** Of the facts those that a text shows. */
const shownFacts = ({ chains, doors, suites, groups, domain }: Facts): Facts => {
  const [first] = (chains ?? []) as readonly { readonly chain?: Facts }[];
  const path = (first?.chain?.['path'] ?? []) as readonly unknown[];
  const others = ((doors as Facts | undefined)?.['others'] ?? []) as readonly unknown[];
  const chain = {
    ...fieldsOf(first?.chain, 'chain', 'nameMatches', 'anchor'),
    leaf: fieldsOf(first?.chain?.['leaf'], 'daysLeft'),
    path: path.map((each) => fieldsOf(each, 'subject')),
  };
  return {
    ...(first !== undefined && { chains: [{ chain }] }),
    ...(others.length > 0 && { doors: { others: others.map((each) => fieldsOf(each, 'port')) } }),
    ...fieldsOf({ suites, groups, domain }, 'suites', 'groups', 'domain'),
  };
};

/** Results whose own facts are shown. */
const READ_BY_NAME = ['doors-differ', 'certificate-untrusted'];

/** The report with those connections, and those facts, that its text shows. */
const neededOf = (report: Report): Report => {
  const told = new Set<string>();
  const results = report.results.map(({ facts = {}, ...result }) => {
    const shown = Object.entries(shownFacts(facts)).filter(([name]) => {
      // Of a port each fact once.
      const key = `${name} ${result.host ?? ''} ${String(result.port)} ${READ_BY_NAME.includes(result.id) ? result.id : ''}`;
      const isNew = !told.has(key);
      told.add(key);
      return isNew;
    });
    return shown.length === 0 ? result : { ...result, facts: Object.fromEntries(shown) };
  });
  let needed: Report = { ...report, results };
  const shown = (one: Report): string => GOLDEN_FORMS.map((form) => goldenText(one, form)).join('');
  const whole = shown(needed);
  for (const visit of needed.visits) {
    const without = { ...needed, visits: needed.visits.filter((each) => each !== visit) };
    if (shown(without) === whole) needed = without;
  }
  return { ...needed, tool: { name: 'waxseal', version: '0.1.0' } };
};

file('client.py', PYTHON);
file('if-offered.py', IF_OFFERED);
const hosts = file(
  'hosts',
  `127.0.0.1 localhost\n${LAB_HOSTS.map(({ address, names }) => [address, ...names].join(' ')).join('\n')}\n`,
);
const tree = await startNamespaceTree({
  command: [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    join(root, 'test/docs/lab.ts'),
    file('script.sh', ['curl() { command curl -sS "$@"; }', ...wanted.map((name) => COMMANDS[name])].join('\n')),
  ],
  cwd: folder,
  env: { PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder },
  mounts: [{ source: hosts, target: '/etc/hosts' }],
  streams: 'inherited',
  hasInput: false,
  network: 'own',
  onOutput: () => undefined,
});
await tree.leaderExited;
tree.kill();
await tree.closed;
mkdirSync(join(root, 'fixtures/reports/sessions'), { recursive: true });
for (const name of wanted) {
  const report = JSON.parse(
    readFileSync(join(folder, `${name}.json`), 'utf8').replaceAll(folder, '/home/alice/lab'),
  ) as Report;
  writeFileSync(
    join(root, 'fixtures/reports/sessions', `${name}.json`),
    `${JSON.stringify(neededOf(report), undefined, 1)}\n`,
  );
}
