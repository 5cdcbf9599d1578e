import { existsSync } from 'node:fs';
import { Fault } from '../../fault.js';
import { assertStartable } from '../../place/keeper.js';
import type { Preset } from './preset.js';

/** The PATH on which a preset's programs are found. */
export const presetPath = ({ folders = [] }: Pick<Preset, 'folders'>): string =>
  [process.env['PATH'] ?? '', ...folders].join(':');

/** Throws `CANNOT_START`, and says what to install, unless the preset's program and libraries are there. */
export const assertInstalled = (
  preset: Pick<Preset, 'title' | 'program' | 'folders' | 'needs' | 'packages' | 'npm'>,
): void => {
  const { needs = [], title, npm, packages } = preset;
  const missing = needs.find((path) => !existsSync(path));
  let cause: unknown;
  try {
    assertStartable(preset.program, presetPath(preset));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    cause = error;
  }
  if (cause === undefined && missing === undefined) return;
  const how =
    npm === undefined
      ? `install the Debian packages ${packages}`
      : `run npm install ${npm} in the folder in which waxseal is started`;
  throw new Fault(
    'CANNOT_START',
    `${title} is not installed${missing === undefined ? '' : ` (no ${missing})`}; ${how}`,
    {
      cause,
    },
  );
};
