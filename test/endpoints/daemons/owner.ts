// Started by tests as a process of its own, perhaps as another user or in a cell: keeps one daemon until its input ends, or until it
// is killed. Says on one line which listeners it has, and what a login on the first and the last of them came to.
import { startDovecot } from '../../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../../src/endpoints/daemons/postfix.js';
import { isInCell, reexecInCell } from '../../../src/place/cell.js';
import type { KeeperStrategy } from '../../../src/place/keeper.js';
import { certificateFor } from './certificates.js';
import { logIn } from './handmade-client.js';

const [name, strategy = 'best', workDir = '', place = 'loopback'] = process.argv.slice(2);
if (place === 'cell' && !isInCell()) process.exit(await reexecInCell());
if (process.env['OWNER_UMASK'] !== undefined) process.umask(Number.parseInt(process.env['OWNER_UMASK'], 8));
const { certificate } = await certificateFor('good');
const daemon = await (name === 'postfix' ? startPostfix : startDovecot)({
  address: '127.0.0.2',
  configuration: 'good',
  certificate,
  users: [{ user: 'alice', password: 'correcthorse', message: 'Subject: x\n\ntext\n' }],
  workDir,
  ports: place === 'cell' ? 'well-known' : 'free',
  ...(strategy === 'best' ? {} : { strategy: strategy as KeeperStrategy }),
});
const logins = await Promise.all(
  [daemon.listeners.at(name === 'postfix' ? 1 : 0), daemon.listeners.at(-1)].flatMap((listener) =>
    listener === undefined ? [] : [logIn(listener, 'alice', 'correcthorse')],
  ),
);
process.stdout.write(
  `${JSON.stringify({ ports: daemon.listeners.map(({ port }) => port), logins: logins.map((line) => line.trim().split('\r\n').at(-1)) })}\n`,
);
process.stdin.resume().once('end', () => void daemon.stop().then(() => process.exit()));
