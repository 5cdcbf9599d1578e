import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, ROOT } from './pages.js';
import { describePage } from './reader.js';

for (const path of PAGES) describePage(path, readFileSync(join(ROOT, path), 'utf8'), 'real');
