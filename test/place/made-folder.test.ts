import { expect } from 'chai';
import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { madeFolder } from '../../src/place/made-folder.js';

describe('a folder that is made', () => {
  const root = mkdtempSync(join(tmpdir(), 'made-'));

  it('comes with those above it, with its mode; one that is there stays as it is', () => {
    const folder = join(root, 'a', 'b');
    madeFolder(folder, 0o700);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    madeFolder(folder, 0o755);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
  });

  it('is refused where a file is in the way', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => {
      madeFolder(join(root, 'file'), 0o700);
    }).to.throw(/EEXIST/);
    expect(() => {
      madeFolder(join(root, 'file', 'below'), 0o700);
    }).to.throw(/ENOTDIR/);
  });

  it('is refused at once where the file system makes none', function () {
    if (!existsSync('/proc/self')) this.skip();
    expect(() => {
      madeFolder('/proc/none/below', 0o700);
    }).to.throw(/ENOENT/);
  });
});
