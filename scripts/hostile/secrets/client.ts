/** A client that `waxseal test` starts: `client.ts PLAN PORT`. Has its conversations, and prints its password in every form. */
import { readFileSync } from 'node:fs';
import { talk } from './dialogue.js';
import { logins, OPENING } from './logins.js';

/** What the client does, as JSON. */
export interface Plan {
  readonly talks: readonly {
    readonly protocol: string;
    readonly name: string;
    readonly user: string;
    readonly password: string;
    readonly tls: boolean;
    readonly cut: number | 'bytes';
  }[];
  /** Printed, whatever was said: an account that waxseal was given. */
  readonly account?: true;
}

const [plan = '', port = ''] = process.argv.slice(2);
const { talks, account } = JSON.parse(readFileSync(plan, 'utf8')) as Plan;

const print = (password: string): void => {
  const bytes = Buffer.from(password);
  const hex = bytes.toString('hex');
  for (const shown of [
    password,
    JSON.stringify(password),
    `'${password.replaceAll("'", `'\\''`)}'`,
    encodeURIComponent(password),
    hex.replaceAll(/../g, '%$&'),
    hex,
    hex.toUpperCase(),
    ...['', 'u', 'us', 'use'].map((before) => Buffer.from(before + password).toString('base64')),
    Buffer.from(`\0user\0${password}`).toString('base64url'),
    Buffer.from(password, 'utf16le').toString('base64'),
    password.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  ]) {
    console.log(`login with ${shown} failed`);
    console.error(`> ${shown}`);
  }
};

for (const { protocol, name, user, password, tls, cut } of talks) {
  const login = logins.find((each) => each.protocol === protocol && each.name === name);
  const { first, upgrade } = OPENING[protocol] ?? { first: '', upgrade: '' };
  if (login === undefined) continue;
  const wire = Buffer.from(password).toString('latin1');
  await talk({
    port: Number(port),
    opening: tls ? [first, upgrade] : [first],
    tls,
    steps: login.steps(user, wire),
    cut,
  });
  print(password);
}
if (account === true) print(process.env['WAXSEAL_PASSWORD'] ?? '');
process.exit(1);
