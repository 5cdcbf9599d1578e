// Started by tests as a process of its own: keeps one daemon until its input ends, or until it is killed.
import { chmodSync } from 'node:fs';

import { startDovecot } from '../../../src/endpoints/daemons/dovecot.js';
import { startPostfix } from '../../../src/endpoints/daemons/postfix.js';
import type { KeeperStrategy } from '../../../src/place/keeper.js';
import { certificateFor } from './certificates.js';

const [name, strategy, workDir = ''] = process.argv.slice(2);
chmodSync(workDir, 0o755);
const { certificate } = await certificateFor('good');
const daemon = await (name === 'postfix' ? startPostfix : startDovecot)({
  address: '127.0.0.2', configuration: 'good', certificate, users: [], workDir, strategy: strategy as KeeperStrategy,
});
process.stdout.write('up\n');
process.stdin.resume().once('end', () => void daemon.stop().then(() => process.exit()));
