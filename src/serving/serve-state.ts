import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { Fault } from '../fault.js';
import { createAuthority, type Authority } from '../tls/certificate-authority.js';
import { madeFolder } from '../place/made-folder.js';
import { systemReason } from '../place/system-reason.js';
import { printable } from '../wire/printable.js';
import { alsoFor } from './also-for.js';

const StateModel = Type.Object({
  seed: Type.String({ minLength: 1 }),
  listen: Type.Optional(Type.String()),
  hostNames: Type.Optional(Type.Array(Type.String())),
  authority: Type.Object({ pem: Type.String(), keyPem: Type.String() }),
});

/** What endpoints that stay up have in common with earlier ones. */
export interface ServeState {
  readonly seed: string;
  readonly authority: Authority;
}

/**
 * The CA and seed that a folder keeps, made at the first use: `ca.pem` for clients, and `state.json` (mode 0600), which holds the
 * key. Throws `BAD_USAGE` for a folder that cannot be used, belongs to another address, or whose CA has expired.
 */
export const stateIn = async (
  folder: string,
  listen: string | undefined,
  hostNames: readonly string[] = [],
): Promise<ServeState> => {
  const file = join(folder, 'state.json');
  const wrong = (what: string): Fault => new Fault('BAD_USAGE', `the state folder ${JSON.stringify(folder)} ${what}`);
  const stored = storedState(file, wrong);
  if (stored !== undefined && stored.listen !== listen)
    throw wrong(`was made for ${stored.listen ?? 'loopback'}; its CA certifies nothing else: use another folder`);
  if (stored !== undefined && hostNames.some((name) => !(stored.hostNames ?? []).includes(name)))
    throw wrong('was made without these host names; its CA certifies nothing else: use another folder');
  try {
    if (stored !== undefined)
      return {
        seed: stored.seed,
        authority: await createAuthority({ ...alsoFor(listen, hostNames), stored: stored.authority }),
      };
  } catch (error) {
    throw wrong(
      `holds no CA that can be used (${error instanceof Error ? printable(error.message) : 'unreadable'}); remove it, and have clients trust the new one`,
    );
  }
  const seed = randomBytes(6).toString('hex');
  const state: { authority?: State['authority'] } = {};
  const authority = await createAuthority({
    ...alsoFor(listen, hostNames),
    days: KEPT_DAYS,
    onMade: (made) => (state.authority = made),
  });
  try {
    madeFolder(folder, 0o777);
    writeFileSync(join(folder, 'ca.pem'), authority.pem, { mode: 0o644 });
    writeFileSync(
      file,
      `${JSON.stringify({ seed, listen, ...(hostNames.length > 0 && { hostNames }), ...state }, undefined, 2)}\n`,
      { mode: 0o600, flag: 'wx' },
    );
  } catch (error) {
    throw wrong(`cannot be written: ${why(error)}`);
  }
  return { seed, authority };
};

/** A CA whose key lies in a file, and which devices are told to trust, is not good for long. */
const KEPT_DAYS = [-1, 30] as const;

type State = Static<typeof StateModel>;

const why = (error: unknown): string =>
  systemReason(error) ?? printable(error instanceof Error ? error.message : String(error));

const storedState = (file: string, wrong: (what: string) => Fault): State | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw wrong(`cannot be read: ${why(error)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Check(StateModel, value)) return value;
  } catch {
    // Told below.
  }
  throw wrong('holds a state.json that is not waxseal’s: use another folder');
};
