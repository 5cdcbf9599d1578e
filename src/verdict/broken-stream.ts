import type { TranscriptEntry } from '../wire/entry.js';
import { leaks, type Evidence } from './evidence.js';
import { quote } from './evidence-words.js';
import { baitMissed, judgeBy, type Judge } from './judgement.js';
import type { Reading, Said } from './reading.js';
import { isNote } from '../wire/notes.js';

/**
 * The judge of bytes in clear beneath TLS: TLS ends on them (RFC 8446 §5), and the client with it. One that speaks on in clear,
 * or goes on with the answers that follow them inside TLS, is found.
 */
export const goesOnOverClearText: Judge = judgeBy((visit, read) => [...leaks(visit, read), ...wentOn(read)], {
  bait: (visit, read) =>
    read.some(({ connection }) => connection.entries.some(isClearText))
      ? baitMissed(visit)
      : { notApplicable: 'the client says nothing at this point of a session' },
  safely: (_visit, read) =>
    wentOn(read).length === 0 ? 'ended the connection when clear text came inside TLS' : undefined,
});

/** Clear text beneath TLS, which no client has asked for. */
const isClearText = (entry: TranscriptEntry): boolean =>
  entry.kind === 'bytes' && entry.from === 'server' && !entry.inside && entry.unasked === true;

const wentOn = (read: readonly Reading[]): Evidence[] =>
  read.flatMap((each): Evidence[] => {
    const { entries } = each.connection;
    const from = entries.findIndex(isClearText);
    if (from === -1) return [];
    // What it says while answers are late may have been on its way before it read the clear text.
    const released = entries.findIndex((entry, at) => at > from && isNote(entry, 'released'));
    const said = each.said.find(
      (one) => one.unit.moment !== 'quit' && (one.inside ? released !== -1 && one.entry > released : one.entry > from),
    );
    return said === undefined ? [] : [proof(each, said)];
  });

const proof = ({ connection }: Reading, said: Said): Evidence => ({
  leak: 'trust',
  cause: 'broken-stream',
  connection: connection.id,
  entry: said.entry,
  quote: said.isKnown ? quote(said) : '…',
  why: said.inside
    ? 'the client read on over clear text inside TLS'
    : 'the client spoke on in clear after clear text had ended TLS',
});
