import type { Case } from '../../src/cases/case.js';
import { reportOf } from '../../src/document/report.js';
import { resultOf } from '../../src/document/result.js';
import type { ToyVisit } from '../../src/proof/oracle.js';
import formats from '../../src/report/formats/index.js';
import { renderReport } from '../../src/report/render.js';
import { unpackedSource } from '../support/html-page.js';

/**
 * The canary secrets that a report of one outcome tells in any format, as `password in junit`; none may. The transcript, which is the
 * proof, lies beside the report, as with `--record`: here is what waxseal says itself.
 */
export const toldSecrets = (one: Case, { visit, judgement }: ToyVisit): string[] => {
  const report = reportOf({
    kind: 'test',
    startedAt: '2026-01-01T00:00:00.000Z',
    subject: { command: ['client'] },
    results: [resultOf(one, judgement, { visit, reproduce: ['waxseal', 'test'] })],
    visits: [`visits/${String(visit.number)}.json`],
    diagnosis: visit.control?.why === undefined ? [] : [visit.control.why],
    faults: [...visit.faults],
  });
  return formats.flatMap(({ id }) => {
    const text = unpackedSource(renderReport(report, id, { passes: true, transcripts: 'all' }));
    return SECRETS.filter((secret) => holds(text, visit.canaries[secret])).map((secret) => `${secret} in ${id}`);
  });
};

/** Whether a text holds a secret: as it is, with letters written as percent codes, in hexadecimal, or somewhere inside base64. */
export const holds = (text: string, secret: string): boolean => {
  const plain = text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return (
    plain.toLowerCase().includes(secret.toLowerCase()) ||
    text.toLowerCase().includes(Buffer.from(secret).toString('hex')) ||
    [0, 1, 2].some((offset) => text.includes(base64At(secret, offset)))
  );
};

/** The letters that stand for a secret alone, after so many bytes of a base64 group, whatever comes before and behind. */
const base64At = (secret: string, offset: number): string => {
  const letters = Buffer.from(`${'x'.repeat(offset)}${secret}`).toString('base64');
  return letters.slice(offset === 0 ? 0 : 4, letters.length - (letters.length % 4) - 4);
};

const SECRETS = ['password', 'token'] as const;
