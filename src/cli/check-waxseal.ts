#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runMonitor } from './monitor.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const code = await runMonitor(process.argv.slice(2), version);
process.exitCode = code;
process.stdout.write('', () => process.exit(code));
