import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNamespaceTree } from '../../src/place/namespace-tree.js';
import { LAB_HOSTS } from './lab.js';

/** Runs a shell script in `folder` beside the servers of the lab (lab.ts), in a network of their own; output of both streams. */
export const inLab = async (
  script: string,
  folder: string,
  path: string,
): Promise<{ code: number; output: string }> => {
  const hosts = join(folder, '.hosts');
  await writeFile(
    hosts,
    ['127.0.0.1 localhost', ...LAB_HOSTS.map(({ names, address }) => [address, ...names].join(' ')), ''].join('\n'),
  );
  let output = '';
  const tree = await startNamespaceTree({
    command: [process.execPath, '--import', import.meta.resolve('tsx'), join(import.meta.dirname, 'lab.ts'), script],
    cwd: folder,
    env: { PATH: path, HOME: folder },
    mounts: [{ source: hosts, target: '/etc/hosts' }],
    streams: 'captured',
    hasInput: false,
    network: 'own',
    onOutput: (_stream, chunk) => (output += chunk.toString()),
  });
  const { code = -1 } = await tree.leaderExited;
  tree.kill();
  await tree.closed;
  return { code, output };
};
