/** Gives the line (1 for the first) of an index; asked in rising order it takes linear time in all. */
export const lineCounter = (text: string): ((index: number) => number) => {
  const ends = [...text.matchAll(/\n/g)].map((end) => end.index);
  let line = 1;
  return (index) => {
    if ((ends[line - 2] ?? -1) >= index) line = 1;
    while ((ends[line - 1] ?? Infinity) < index) line += 1;
    return line;
  };
};
