import type { Report } from '../../src/document/report-model.js';
import formats from '../../src/report/formats/index.js';
import { renderReport } from '../../src/report/render.js';
import { rawControl } from './raw-control.js';

/** Every format has the report, without raw control bytes, and JSON is JSON. */
export const expectWhole = async (report: Report | undefined): Promise<void> => {
  if (report === undefined) return;
  for (const { id } of formats) {
    const text = renderReport(report, id);
    const raw = rawControl(text);
    if (raw !== undefined) throw new Error(`${id}: ${raw}`);
    if (id === 'json') JSON.parse(text);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
