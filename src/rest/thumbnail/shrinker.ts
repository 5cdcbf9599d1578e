/** Width and height of a thumbnail, as Mailpit’s. */
export const WIDTH = 180;
export const HEIGHT = 120;

/** Most pixels of a picture that is made small, as in Mailpit; a few bytes may claim thousands of millions. */
export const MOST_PIXELS = 20_000_000;

/** How a picture is turned before it is shown (Exif, 1 to 8); 5 and more stand on their side. */
export type Orientation = number;

/**
 * Makes a picture small while its pixels come, in any order: each is added to the one of the thumbnail that it falls into. So what is kept
 * does not depend on how large the picture is. A large one fills the thumbnail, what is too much at its sides left out; a small one lies in
 * the middle of white.
 */
export class Shrinker {
  readonly #sums = new Float64Array(WIDTH * HEIGHT * 3);
  readonly #counts = new Uint32Array(WIDTH * HEIGHT);
  readonly #columns: Int32Array;
  readonly #rows: Int32Array;
  readonly #isOnItsSide: boolean;

  /** Throws where the picture has no pixels, or too many. */
  constructor(width: number, height: number, orientation: Orientation = 1) {
    if (width < 1 || height < 1 || width * height > MOST_PIXELS) throw new Error('the picture is too large, or empty');
    this.#isOnItsSide = orientation >= 5;
    const [across, down] = this.#isOnItsSide ? [height, width] : [width, height];
    const fills = across >= WIDTH && down >= HEIGHT;
    const scale = fills ? Math.max(WIDTH / across, HEIGHT / down) : Math.min(1, WIDTH / across, HEIGHT / down);
    this.#columns = places(across, WIDTH, scale, MIRRORED_ACROSS.has(orientation));
    this.#rows = places(down, HEIGHT, scale, MIRRORED_DOWN.has(orientation));
  }

  /** Adds a pixel of the picture as it is stored. */
  add(x: number, y: number, red: number, green: number, blue: number): void {
    const column = this.#columns[this.#isOnItsSide ? y : x] ?? -1;
    const row = this.#rows[this.#isOnItsSide ? x : y] ?? -1;
    if (column < 0 || row < 0) return;
    const at = row * WIDTH + column;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sums[3 * at] = (this.#sums[3 * at] ?? 0) + red;
    this.#sums[3 * at + 1] = (this.#sums[3 * at + 1] ?? 0) + green;
    this.#sums[3 * at + 2] = (this.#sums[3 * at + 2] ?? 0) + blue;
  }

  /** Red, green and blue of each pixel of the thumbnail; white where nothing came. */
  get pixels(): Uint8Array {
    return Uint8Array.from(this.#sums, (sum, at) => {
      const count = this.#counts[Math.floor(at / 3)] ?? 0;
      return count === 0 ? 255 : Math.round(sum / count);
    });
  }
}

/** For each column of a picture, the one of the thumbnail; negative where it is left out. */
const places = (size: number, room: number, scale: number, isMirrored: boolean): Int32Array => {
  const used = Math.max(1, Math.round(size * scale));
  const shift = Math.floor((room - used) / 2);
  return Int32Array.from({ length: size }, (_, at) => {
    const place = shift + Math.min(used - 1, Math.floor(((isMirrored ? size - 1 - at : at) * used) / size));
    return place < room ? place : -1;
  });
};

const MIRRORED_ACROSS: ReadonlySet<Orientation> = new Set([2, 3, 6, 7]);
const MIRRORED_DOWN: ReadonlySet<Orientation> = new Set([3, 4, 7, 8]);
