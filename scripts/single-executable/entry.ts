/**
 * What the executable runs. Modules are loaded where they are needed, as in the package; one that users import from theirs is given to
 * them by name. A first argument that no user gives starts the program that has to be a process of its own.
 */
import { REDIRECTOR_ARGUMENT } from '../../src/place/self.js';
import { EMBEDDED, type EmbeddedModules } from '../../src/config/own-package.js';
import { toolVersion } from '../../src/document/version.js';

const modules: EmbeddedModules = {
  waxseal: () => import('../../src/index.js'),
  'waxseal/scenario': () => import('../../src/scenario.js'),
  'waxseal/check': () => import('../../src/check.js'),
};
Object.assign(globalThis, { [EMBEDDED]: modules });

// That modules of users can be imported is an experiment of Node's, which no user has asked for.
process.removeAllListeners('warning').on('warning', ({ name, message }) => {
  if (name !== 'ExperimentalWarning') process.stderr.write(`waxseal: ${name}: ${message}\n`);
});

const main = async (): Promise<void> => {
  const argv = process.argv.slice(2);
  if (argv[0] === REDIRECTOR_ARGUMENT) {
    process.argv.splice(2, 1);
    await import('../../src/place/redirector.js');
    return;
  }
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) process.stdout.write(`${toolVersion()}\n`);
  else {
    const { runProgram } = await import('../../src/cli/program.js');
    process.exitCode = await runProgram(argv, toolVersion());
  }
  process.stdout.write('', () => process.exit());
};

void main();
