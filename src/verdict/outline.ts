import protocols from '../protocols/index.js';
import { reading, type Said } from './reading.js';
import type { ConnectionRecord } from './visit.js';

/** All that judges read of a connection, without the words that only say what it was about; equal outlines are judged alike. */
export const outline = (connection: ConnectionRecord): string => {
  const grammar = protocols[connection.protocol];
  const { said, heard, rest, accepted } = reading(connection);
  return JSON.stringify([
    said.map(saidOutline),
    heard.map(({ reply, entry }) => [entry, reply.kind, reply.status, nameOf(reply.code), grammar.offer([reply])]),
    rest.map(({ entry, wasDue }) => [entry, wasDue]),
    accepted,
  ]);
};

const saidOutline = ({ unit, entry, isKnown }: Said): readonly unknown[] => [
  entry,
  unit.kind,
  unit.moment,
  'mechanism' in unit ? unit.mechanism : undefined,
  'secrets' in unit ? unit.secrets.map((secret) => secret.class) : undefined,
  unit.kind === 'command' && isKnown ? unit.verb : undefined,
  unit.kind === 'command' && unit.moment === 'identify' ? saysNothing(unit.args[0]) : undefined,
];

/** What a client says of itself is told by its place, not by its words (RFC 2971 §3.1; `NIL` says nothing). */
const saysNothing = (identity = ''): boolean => ['', 'NIL', '()'].includes(identity.toUpperCase());

/** A response code without its arguments, which may repeat what the client said (RFC 5804 §1.3, TAG). */
const nameOf = (code: string | undefined): string | undefined => code?.replace(/[ "{].*$/s, '');
