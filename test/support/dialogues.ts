import { readFileSync } from 'node:fs';
import type { ProtocolName } from '../../src/protocols/protocol.js';

/** The dialogue of a client with STARTTLS: lines of both, `C: ` and `S: ` before them, and `--` where TLS starts. */
export const dialogueOf = (protocol: ProtocolName): readonly string[] =>
  readFileSync(new URL(`../../fixtures/dialogues/${protocol}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
