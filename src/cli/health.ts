import { get } from 'node:http';
import type { CommandAction } from './commands/definition.js';
import type { CommonOptions } from './options.js';

/** `waxseal serve --health`: whether `serve --all --http N` on this machine answers; 0 or 1, as containers want it. */
export const health: CommandAction<Pick<CommonOptions, 'http'>, undefined> = async ({
  options: { http = USUAL_PORT },
}) => {
  const why = await new Promise<string | undefined>((resolve) => {
    const request = get({ host: '127.0.0.1', port: http, path: '/readyz', timeout: PATIENCE }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `the answer is ${String(response.statusCode)}`);
    });
    request.once('timeout', () => {
      request.destroy(new Error(`no answer within ${String(PATIENCE / 1000)} s`));
    });
    request.once('error', ({ message }) => {
      resolve(message);
    });
  });
  if (why === undefined) {
    process.stdout.write('ready\n');
    return 0;
  }
  process.stderr.write(`waxseal: not ready: http://127.0.0.1:${String(http)}/readyz: ${why}\n`);
  return 1;
};

/** That of Mailpit. */
const USUAL_PORT = 8025;
/** Milliseconds. */
const PATIENCE = 2000;
