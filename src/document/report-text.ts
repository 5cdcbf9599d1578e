import { Errors } from 'typebox/value';
import { Fault } from '../fault.js';
import { printable } from '../wire/printable.js';
import { ReportModel, type Report } from './report-model.js';

/**
 * Reads a report that was written as JSON; `name` is for messages. Visits are not looked into.
 * Throws `BAD_USAGE` that says what is wrong with it.
 */
export const parseReport = (text: string, name: string): Report => {
  const wrong = (what: string): Fault =>
    new Fault(
      'BAD_USAGE',
      `${printable(name)} is not a report: ${what}; expected a file that --report json:FILE or --format json wrote`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (/[\0\ufffd]/.test(text)) throw wrong('it is a binary file');
    throw wrong(`it is not JSON (${printable(error instanceof Error ? error.message.slice(0, 120) : 'unreadable')})`);
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== undefined && schema !== SCHEMA)
    throw wrong(`its schema is ${printable(JSON.stringify(schema).slice(0, 80))}, not ${SCHEMA}`);
  const [first] = Errors(ReportModel, value);
  if (first !== undefined)
    throw wrong(
      `${first.instancePath === '' ? 'the document' : printable(first.instancePath)} ${printable(first.message)}`,
    );
  return value as Report;
};

const SCHEMA = 'urn:waxseal:report:1';
