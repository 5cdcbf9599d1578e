import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { inLab, type Preset } from '../../src/clients/presets/preset.js';

/** The version of an installed client: of its package of npm, or of the first Debian package that brings it. */
export const versionOf = ({ npm, packages }: Preset): string => {
  if (npm !== undefined) {
    const { version } = JSON.parse(readFileSync(join('node_modules', npm, 'package.json'), 'utf8')) as {
      version: string;
    };
    return version;
  }
  const [name = ''] = packages.split(' ');
  const { stdout, status } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
  return shortened(status === 0 && stdout !== '' ? stdout : unpackedVersion(name));
};

/** What is unpacked is known to no package manager; its changelog names it. */
const unpackedVersion = (name: string): string => {
  const found = ['changelog.Debian.amd64.gz', 'changelog.Debian.gz']
    .map((file) => inLab(name, join('usr/share/doc', name, file)))
    .find((path) => existsSync(path));
  return found === undefined ? '?' : (/\(([^)]+)\)/.exec(gunzipSync(readFileSync(found)).toString())?.[1] ?? '?');
};

/** Upstream's part of a Debian version. */
const shortened = (version: string): string =>
  version.replace(/^\d+:/, '').replace(/[-+~](?:dfsg|deb|\d+(?:\.|$|\+|~|-)|b\d).*$/, '');
