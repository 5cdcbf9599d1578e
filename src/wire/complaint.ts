import { printable } from './printable.js';

/** What is wrong with a value, as the schema's library tells it. */
interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

/** The first thing to say of what is wrong: a property that is unknown says most; what only says that something is wrong, least. */
export const firstWrong = <E extends SchemaError>(errors: readonly E[]): E | undefined =>
  errors.find(({ keyword }) => keyword === 'additionalProperties') ??
  errors.find(({ keyword }) => keyword !== 'boolean') ??
  errors[0];

/** What is wrong, as the end of a sentence about the value. */
export const complaint = ({ message, params }: Pick<SchemaError, 'message' | 'params'>): string => {
  const extra = 'additionalProperties' in params ? params.additionalProperties : undefined;
  if (Array.isArray(extra)) return `has an unknown property: ${printable(extra.join(', '))}`;
  const required = 'requiredProperties' in params ? params.requiredProperties : undefined;
  if (Array.isArray(required)) return `has no ${required.join(', ')}`;
  const values = 'allowedValues' in params ? params.allowedValues : undefined;
  if (Array.isArray(values)) return `must be one of ${values.join(', ')}`;
  const type = 'type' in params ? params.type : undefined;
  if (typeof type === 'string') return `must be ${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
  return printable(message);
};
