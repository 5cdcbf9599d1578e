import { join } from 'node:path';
import { buildSite } from './build.js';

// `npm run docs:site`: the documentation as a site, in dist-site.
await buildSite(join(import.meta.dirname, '../../dist-site'));
