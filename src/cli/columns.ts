/** Columns of standard output: `COLUMNS` wins, a terminal is asked, 80 otherwise. */
export const columns = (): number => {
  const wanted = /^[1-9]\d{0,3}$/.exec(process.env['COLUMNS'] ?? '')?.[0];
  return Math.max(40, wanted === undefined ? Math.min(process.stdout.columns || 80, 120) : Number(wanted));
};
