import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, Result } from '../../src/document/report-model.js';

const load = (name: string): Report =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/reports', name), 'utf8')) as Report;

/** The golden reports. */
export const session = load('session.json');
export const audit = load('audit.json');

/** Each breaks out of some format, if it is not escaped there. */
export const HOSTILE: readonly string[] = [
  '\u001b]0;title\u0007\u001b[2J',
  ']]><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'a | b || c `code` [link](javascript:alert(1)) ![x](http://attacker.example/)',
  'https://attacker.example/ <https://attacker.example/>',
  '\ud800 lone \udc00',
  '::error title=x::forged\r\n::set-output name=a::b%0A::warning::c',
  '\nnot ok 99 - forged\n1..3\nBail out! # TODO x \\# y',
  '...\n  ---\n  evil: yes',
  '=cmd|\'/C calc\'!A0","x',
  '@SUM(1)',
  '} 1\n# EOF\nforged{a="b\\',
  '\u202eright to left\u2066',
  'x'.repeat(10_000),
];

const [template] = session.results.filter(({ status }) => status === 'unsafe');

/** The golden session with one result, in which every text is this one. */
export const withText = (text: string, more: Partial<Result> = {}): Report => {
  if (template === undefined) throw new Error('the golden session has an unsafe result');
  const { known: _, ...clean } = template;
  const result: Result = {
    ...clean,
    case: text,
    id: text,
    variant: text,
    title: text,
    host: text,
    target: text,
    address: text,
    because: text,
    expected: text,
    fix: text,
    remedy: { [text]: text },
    evidence: [{ connection: 1, entry: 0, quote: text, why: text }],
    references: [text],
    cve: [text],
    cwe: [text],
    reproduce: ['waxseal', text],
    ...more,
  };
  return { ...session, subject: { command: [text] }, diagnosis: [text], faults: [text], results: [result] };
};
