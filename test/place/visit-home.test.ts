import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Fault } from '../../src/fault.js';
import { openSession, sessionOwner, sweep } from '../../src/place/visit-home.js';

/** Of our own, or of nobody where we are root. */
const UNPRIVILEGED = process.geteuid?.() === 0 ? 65_534 : (process.geteuid?.() ?? 0);

describe('homes of visits', () => {
  let base = '';
  beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'home-test-'))));
  afterEach(() => rmSync(base, { recursive: true }));

  it('are fresh, private and apart', async () => {
    await using session = openSession(base);
    const [one, two] = [session.home('a@b/../c'), session.home('a@b/../c')];
    expect(one.path).not.to.equal(two.path);
    expect(one.path.startsWith(`${session.path}/`)).to.equal(true);
    for (const path of [
      session.path,
      one.cwd,
      ...Object.entries(one.env)
        .filter(([name]) => /^XDG|^TMPDIR/.test(name))
        .map(([, value]) => value),
    ]) {
      expect(statSync(path).mode & 0o777, path).to.equal(0o700);
    }
    expect(readdirSync(one.cwd)).to.deep.equal([]);
  });

  it('inherit an allow list and nothing else', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      http_proxy: 'http://p',
      ALL_PROXY: 'socks://p',
      SECRET: 's',
      WANTED: 'w',
      LANG: 'C.UTF-8',
    });
    try {
      await using session = openSession(base);
      const { env, path } = session.home('x', {
        passOn: ['WANTED', 'ABSENT'],
        env: { SSL_CERT_FILE: '/ca.pem', LANG: 'de' },
      });
      expect(env).to.include({
        PATH: process.env['PATH'],
        WANTED: 'w',
        HOME: path,
        SSL_CERT_FILE: '/ca.pem',
        LANG: 'de',
      });
      expect(
        Object.keys(env).filter(
          (name) => !/^(PATH|LANG|LC_ALL|TZ|WANTED|HOME|TMPDIR|SSL_CERT_FILE|XDG_[A-Z]+_(HOME|DIR))$/.test(name),
        ),
      ).to.deep.equal([]);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });

  it('hold the files they are given, inside only', async () => {
    await using session = openSession(base);
    const home = session.home('x', { files: { 'ca.pem': 'PEM', '.config/msmtp/config': 'c' } });
    expect(readFileSync(join(home.path, 'ca.pem'), 'utf8')).to.equal('PEM');
    expect(statSync(join(home.path, '.config/msmtp/config')).mode & 0o777).to.equal(0o600);
    for (const name of ['../escape', '/etc/escape', '.', 'a/../..', 'a\0b', '.config', '.local', 'x/', 'y'.repeat(300)])
      expect(() => home.write(name, '')).to.throw(Fault, 'no file of a visit');
  });

  it('are gone though a client took its rights away', async () => {
    const isRoot = process.geteuid?.() === 0;
    chownSync(base, UNPRIVILEGED, UNPRIVILEGED);
    // Rights mean nothing to root.
    if (isRoot) process.seteuid?.(UNPRIVILEGED);
    try {
      const session = openSession(base);
      const { path, remove } = session.home('hostile');
      mkdirSync(join(path, 'a/b'), { recursive: true });
      writeFileSync(join(path, 'a/b/file'), '');
      for (const folder of ['a/b', 'a', '.']) chmodSync(join(path, folder), 0);
      await remove();
      expect(existsSync(path)).to.equal(false);
      await session.remove();
      expect(readdirSync(base)).to.deep.equal([]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('are gone after the session', async () => {
    const session = openSession(base);
    session.home('x', { files: { a: 'b' } });
    await session.remove();
    expect(readdirSync(base)).to.deep.equal([]);
  });

  describe('sweep', () => {
    const dead = spawnSync('true').pid;
    const [pid, start, namespace] = sessionOwner().split(' ');
    for (const row of [
      { title: 'of a living owner stays', owner: `${pid} ${start} ${namespace}`, stays: true },
      { title: 'of a dead owner goes', owner: `${dead} 12345 ${namespace}`, stays: false },
      { title: 'of a pid that somebody else has now goes', owner: `${pid} 1 ${namespace}`, stays: false },
      { title: 'of another pid namespace stays', owner: `1 1 pid:[1]`, stays: true },
      { title: 'without an owner yet stays', owner: undefined, stays: true },
      { title: 'long without an owner goes', owner: undefined, age: 3600, stays: false },
      { title: 'that a user named so stays', owner: undefined, name: 'waxseal-results', age: 3600, stays: true },
      { title: 'of another program stays', owner: `${dead} 12345 ${namespace}`, name: 'other-1', stays: true },
    ]) {
      it(`a folder ${row.title}`, () => {
        const path = join(base, row.name ?? 'waxseal-1-0123abcdAbCdE1');
        mkdirSync(path);
        if (row.owner !== undefined) writeFileSync(join(path, 'owner'), row.owner);
        const then = Date.now() / 1000 - (row.age ?? 0);
        utimesSync(path, then, then);
        sweep(base);
        expect(existsSync(path)).to.equal(row.stays);
      });
    }
    it('never fails', () => expect(sweep(join(base, 'nowhere'))).to.equal(0));
  });
});
