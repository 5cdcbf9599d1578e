import Type from 'typebox';
import { Errors } from 'typebox/value';
import { Fault } from '../fault.js';
import type { Known } from './known.js';

const Status = Type.Enum(['unsafe', 'downgradable', 'inconclusive', 'not-applicable', 'fail', 'warn', 'info']);

export const KnownModel = Type.Object(
  {
    case: Type.String({
      minLength: 1,
      description: 'Glob over case keys, such as starttls-refused/*@smtp+starttls#server',
    }),
    status: Status,
    reason: Type.String({ minLength: 1, description: 'Why it is accepted' }),
    owner: Type.Optional(Type.String({ minLength: 1, description: 'Who mends it, or decides about it' })),
    client: Type.Optional(
      Type.String({ minLength: 1, description: 'Glob over names of clients (--name); all clients by default' }),
    ),
    until: Type.Optional(
      Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$`, description: 'Last day on which it is accepted' }),
    ),
  },
  { additionalProperties: false },
);

export const KnownListModel = Type.Array(KnownModel);

/** Reads a file of known results; `name` is for messages. Throws `BAD_USAGE` that says which entry is wrong and how. */
export const parseKnown = (text: string, name: string): Known[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault(
      'BAD_USAGE',
      `${name} is not JSON (${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}); expected ${SHAPE}`,
    );
  }
  const [wrong] = Errors(KnownListModel, value);
  if (wrong !== undefined)
    throw new Fault('BAD_USAGE', `${name}: ${placeOf(wrong.instancePath)} ${complaint(wrong)}; expected ${SHAPE}`);
  const list = value as Known[];
  const impossible = list.findIndex(({ until }) => until !== undefined && !isDay(until));
  if (impossible !== -1)
    throw new Fault(
      'BAD_USAGE',
      `${name}: ${placeOf(`/${String(impossible)}/until`)} is not a calendar date; expected one such as 2027-01-31`,
    );
  return list;
};

const complaint = ({ keyword, message }: { readonly keyword: string; readonly message: string }): string =>
  keyword === 'pattern' ? 'must be a day such as 2027-01-31' : keyword === 'boolean' ? 'is an unknown field' : message;

/** `entry 1, until` for `/0/until`. */
const placeOf = (pointer: string): string => {
  const [, index, field] = pointer.split('/');
  if (index === undefined) return 'the document';
  return `entry ${String(Number(index) + 1)}${field === undefined ? '' : `, ${field},`}`;
};

const isDay = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

const SHAPE = '[{ "case": "glob", "status": "unsafe", "reason": "…", "owner": "…", "until": "2027-01-31" }]';
