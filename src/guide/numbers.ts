/** A port’s number; undefined where the text is none. */
export const portNumber = (text = ''): number | undefined => {
  const number = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
};
