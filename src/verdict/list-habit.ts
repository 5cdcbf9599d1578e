import { stoodInTls } from './comparison.js';
import { readings } from './evidence.js';
import type { Judge } from './judgement.js';

/** A client that gets into TLS and never asks for the list cannot be misled by it: what is inconclusive of it does not apply. */
export const ifListIsAsked =
  (judge: Judge, where: 'before TLS' | 'inside TLS'): Judge =>
  (visit) => {
    const judgement = judge(visit);
    const isInside = where === 'inside TLS';
    const asked = readings(visit).some(({ said }) =>
      said.some(({ inside, unit }) => inside === isInside && unit.moment === 'capabilities'),
    );
    const unusual = judgement.status !== 'inconclusive' || asked || visit.control?.passed !== true;
    return unusual || visit.client.how === 'stopped' || visit.faults.length > 0 || !stoodInTls(visit)
      ? judgement
      : { ...judgement, status: 'not-applicable', because: `it asks for no list ${where}` };
  };
