import type { Static, TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { escaped } from '../report/escape.js';
import { complaint, firstWrong } from '../wire/complaint.js';
import { HttpError } from './http-error.js';

/** The body of a request, if it is what the request takes. Throws `HttpError` that says which member is wrong. */
export const valid = <S extends TSchema>(model: S, body: unknown): Static<S> => {
  if (Check(model, body)) return body;
  const wrong = firstWrong([...Errors(model, body)]);
  const what = wrong === undefined ? ' has the wrong form' : `${escaped(wrong.instancePath)} ${complaint(wrong)}`;
  throw new HttpError(400, `the body${what}`);
};
