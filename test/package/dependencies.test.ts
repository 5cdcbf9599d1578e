import { expect } from 'chai';
import { readFileSync } from 'node:fs';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');
/** What comes with an installation of waxseal. */
const shipped = locked.filter(
  ([, { dev, devOptional, peer }]) => dev !== true && devOptional !== true && peer !== true,
);
const page = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');

/** All of them allow use, change and redistribution without conditions on the code that uses them. */
const LICENCES = ['MIT', 'ISC', '0BSD', 'MIT-0', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];

describe('packages that waxseal depends on', () => {
  it('have permissive licences', () => {
    const others = shipped.filter(([, { license = 'none' }]) => !LICENCES.includes(license));
    expect(others.map(([path, { license }]) => `${path}: ${String(license)}`)).to.deep.equal([]);
  });

  it('run nothing when they are installed; of those for development, esbuild alone does', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(scripted.map(([path, { dev }]) => [path, dev])).to.deep.equal([['node_modules/esbuild', true]]);
  });

  it('are pinned by a digest', () => {
    const open = locked.filter(([, { integrity, inBundle }]) => integrity === undefined && inBundle !== true);
    expect(open.map(([path]) => path)).to.deep.equal([]);
  });

  it('are as many as SECURITY.md says', () => {
    const [, count] = /(\d+) packages come with an installation/.exec(page) ?? [];
    expect(shipped.length).to.equal(Number(count));
  });
});
