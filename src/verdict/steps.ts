/** Long work in steps of some milliseconds: between them others can be served. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Takes all steps at once. */
export const finished = <T>(steps: Steps<T>): T => {
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
};

/** Characters that are read in one step. */
export const STEP = 32 * 1024;
/** Characters that are searched in one step, which takes longer: a text is compared with many spellings of many values. */
export const FINE_STEP = 4 * 1024;
