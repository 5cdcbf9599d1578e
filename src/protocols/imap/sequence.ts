/** Membership in a sequence set such as `1,3:5,7:*` (RFC 9051 §9); `largest` stands for `*`. Undefined if it is none. Ranges are never unrolled. */
export const sequenceSet = (text: string, largest: number): ((number: number) => boolean) | undefined => {
  const ranges: { readonly low: number; readonly high: number }[] = [];
  for (const part of text.split(',')) {
    const found = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(part);
    if (found === null) return undefined;
    const ends = [found[1], found[2] ?? found[1]].map((end) => (end === '*' ? largest : Number(end)));
    ranges.push({ low: Math.min(...ends), high: Math.max(...ends) });
  }
  return (number) => ranges.some(({ low, high }) => number >= low && number <= high);
};
