import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ELSEWHERE, PAGES, ROOT } from './pages.js';
import { describePage } from './reader.js';

for (const path of [...PAGES, ELSEWHERE]) describePage(path, readFileSync(join(ROOT, path), 'utf8'), 'real');
