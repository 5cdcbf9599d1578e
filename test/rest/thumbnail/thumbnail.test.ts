import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { MailpitClient } from 'mailpit-api';
import { shrunkJpeg } from '../../../src/rest/thumbnail/jpeg.js';
import { shrunkGif } from '../../../src/rest/thumbnail/gif.js';
import { shrunkPng } from '../../../src/rest/thumbnail/png.js';
import { thumbnail } from '../../../src/rest/thumbnail/thumbnail.js';
import { HEIGHT, WIDTH } from '../../../src/rest/thumbnail/shrinker.js';
import { openSite } from '../site.js';

type Colour = readonly [red: number, green: number, blue: number];

const picture = (name: string): Buffer => readFileSync(new URL(`../../../fixtures/pictures/${name}`, import.meta.url));

/** Tells the colour of a place of a thumbnail. */
const coloursOf = async (jpeg: Buffer): Promise<(x: number, y: number) => Colour> => {
  const { pixels } = await shrunkJpeg(jpeg);
  return (x, y) => {
    const at = 3 * (y * WIDTH + x);
    return [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
  };
};

const expectNear = (found: Colour, expected: Colour): void => {
  const off = Math.max(...found.map((value, each) => Math.abs(value - (expected[each] ?? 0))));
  expect(off, `${String(found)} where ${String(expected)} was expected`).to.be.lessThan(14);
};

/** Four fields: red and green above, blue and yellow below. */
const FIELDS: readonly Colour[] = [
  [220, 20, 20],
  [20, 200, 20],
  [20, 20, 220],
  [230, 220, 40],
];
const PLACES = [
  [45, 30],
  [135, 30],
  [45, 90],
  [135, 90],
] as const;
const grey = ([red, green, blue]: Colour): Colour => {
  const value = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [value, value, value];
};
const halfOnWhite = (colour: Colour): Colour => colour.map((value) => (value + 255) / 2) as unknown as Colour;

describe('a thumbnail', () => {
  for (const [name, look] of [
    ['rgb.png'],
    ['palette.png'],
    ['grey.png', grey],
    ['half-transparent.png', halfOnWhite],
    ['420.jpg'],
    ['422.jpg'],
    ['444.jpg'],
    ['progressive.jpg'],
    ['restarts.jpg'],
    ['cmyk.jpg'],
    ['grey.jpg', grey],
    ['grey-progressive.jpg', grey],
    ['large.jpg'],
    ['large-progressive.jpg'],
    ['turned.jpg'],
    ['mirrored.jpg'],
    ['plain.gif'],
    ['interlaced.gif'],
  ] as const)
    it(`shows ${name}`, async () => {
      const colourAt = await coloursOf(await thumbnail('image/any', picture(name)));
      for (const [field, [x, y]] of PLACES.entries()) {
        const colour = FIELDS[field] ?? ([0, 0, 0] as const);
        expectNear(colourAt(x, y), look?.(colour) ?? colour);
      }
    });

  it('puts a small picture into the middle of white', async () => {
    const colourAt = await coloursOf(await thumbnail('image/png', picture('small.png')));
    expectNear(colourAt(10, 60), [255, 255, 255]);
    expectNear(colourAt(75, 54), [220, 20, 20]);
    expectNear(colourAt(105, 66), [230, 220, 40]);
  });

  it('shows an interlaced PNG with 16 bits a sample', async () => {
    const side = 16;
    const passes = [
      [0, 0, 8, 8],
      [4, 0, 8, 8],
      [0, 4, 4, 8],
      [2, 0, 4, 4],
      [0, 2, 2, 4],
      [1, 0, 2, 2],
      [0, 1, 1, 2],
    ] as const;
    const lines = passes.flatMap(([left, top, across, down]) =>
      Array.from({ length: Math.ceil((side - top) / down) }, () =>
        Buffer.from([
          0,
          ...Array.from({ length: Math.ceil((side - left) / across) }, () => [200, 9, 100, 9, 50, 9]).flat(),
        ]),
      ),
    );
    const colourAt = await coloursOf(await thumbnail('image/png', png(side, side, 16, 2, Buffer.concat(lines), 1)));
    expectNear(colourAt(90, 60), [200, 100, 50]);
  });

  it('is white for what is no picture, broken, or too large', async () => {
    const white = await thumbnail('text/plain', Buffer.from('text'));
    expectNear((await coloursOf(white))(90, 60), [255, 255, 255]);
    const bomb = png(60_000, 60_000, 8, 2, Buffer.alloc(1024 * 1024));
    const late = picture('420.jpg');
    for (const [type, bytes] of [
      ['text/plain', picture('rgb.png')],
      ['image/webp', Buffer.from('RIFF....WEBP')],
      ['image/png', bomb],
      ['image/png', picture('rgb.png').subarray(0, 60)],
      ['image/jpeg', late.subarray(0, late.length - 100)],
      ['image/gif', picture('plain.gif').subarray(0, 900)],
      [
        'image/gif',
        Buffer.concat([Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02', 'latin1')]),
      ],
      ['image/png', Buffer.alloc(0)],
    ] as const)
      expect((await thumbnail(type, bytes)).equals(white), type).to.equal(true);
  });

  it('unpacks no more of a PNG than its rows have', async () => {
    // One pixel by its header; packed are 64 MiB.
    const { pixels } = await shrunkPng(png(1, 1, 8, 0, Buffer.alloc(64 * 1024 * 1024)));
    expect(pixels.length).to.equal(WIDTH * HEIGHT * 3);
  }).timeout(20_000);

  it('is made of any bytes, or none is', async () => {
    let state = 7;
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    for (const [name, shrunk] of [
      ['progressive.jpg', shrunkJpeg],
      ['420.jpg', shrunkJpeg],
      ['interlaced.gif', shrunkGif],
      ['palette.png', shrunkPng],
    ] as const)
      for (let turn = 0; turn < 12; turn += 1) {
        const bytes = Buffer.from(picture(name));
        // Not the size, which would make it large.
        for (let change = 0; change < 3; change += 1) bytes[200 + random(bytes.length - 200)] = random(256);
        await shrunk(bytes).catch((error: unknown) => {
          expect(error).to.be.instanceOf(Error);
        });
      }
  }).timeout(20_000);

  it('is what mailpit-api gets of an attachment', async () => {
    await using site = await openSite();
    const mailpit = new MailpitClient(site.http.url);
    const { ID } = await mailpit.sendMessage({
      From: { Email: 'anna@lab.test' },
      To: [],
      Attachments: [
        { Filename: 'a.png', ContentType: 'image/png', Content: picture('rgb.png').toString('base64') },
        { Filename: 'a.txt', ContentType: 'text/plain', Content: 'YQ==' },
      ],
    });
    const [shown, blank] = await Promise.all(['1', '2'].map((part) => mailpit.getAttachmentThumbnail(ID, part)));
    expect([shown?.type, blank?.type]).to.deep.equal(['image/jpeg', 'image/jpeg']);
    expectNear(
      (await coloursOf(Buffer.from((await shown?.arrayBuffer()) ?? new ArrayBuffer())))(45, 30),
      [220, 20, 20],
    );
    expectNear(
      (await coloursOf(Buffer.from((await blank?.arrayBuffer()) ?? new ArrayBuffer())))(45, 30),
      [255, 255, 255],
    );
    const missing = await mailpit.getAttachmentThumbnail(ID, '3').catch((error: unknown) => (error as Error).message);
    expect(missing).to.match(/404 .*the message has no such part/);
  });
});

/** A PNG of these rows; nobody checks its sums. */
const png = (width: number, height: number, depth: number, colour: number, rows: Buffer, interlaced = 0): Buffer => {
  const chunk = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, Buffer.from(type), body, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};
