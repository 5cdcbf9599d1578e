import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, thirdOfPages } from './pages.js';
import { describePage } from './reader.js';

for (const path of thirdOfPages(1)) describePage(path, readFileSync(join(ROOT, path), 'utf8'), 'real');
