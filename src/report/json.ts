import type { Report } from '../document/report-model.js';

/** The report as one JSON document with a line end. */
export const jsonReport = (report: Report): string => `${JSON.stringify(report, undefined, 2)}\n`;
