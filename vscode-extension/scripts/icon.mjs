/** Draw icon.png: lines of text, one of them half resolved out of its masks. `node scripts/icon.mjs` */

import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

const SIZE = 128; // pixels
const BACK = [0x1f, 0x24, 0x2e];
const TEXT = [0x8b, 0x94, 0x9e];
const SETTLED = [0x7e, 0xe7, 0x87];
const MASK = [0x3d, 0x5a, 0x48];
/** Rows of bars: left, width in pixels, color. */
const ROWS = [
  [[16, 64, TEXT]],
  [[30, 36, TEXT], [72, 30, TEXT]],
  [[30, 26, SETTLED], [60, 12, MASK], [76, 20, SETTLED], [100, 12, MASK]],
  [[30, 52, TEXT]],
  [[16, 40, TEXT]],
];
const TOP = 20;
const PITCH = 20;
const HEIGHT = 10;

function color(x, y) {
  const row = ROWS[Math.floor((y - TOP) / PITCH)];
  if (y < TOP || row === undefined || (y - TOP) % PITCH >= HEIGHT) {
    return BACK;
  }
  return row.find(([left, width]) => left <= x && x < left + width)?.[2] ?? BACK;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 2, 0, 0, 0], 8); // eight bits a channel, red green blue
const pixels = Array.from({ length: SIZE }, (_, y) => [
  0, // a row that is not filtered
  ...Array.from({ length: SIZE }, (_, x) => color(x, y)).flat(),
]);
const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  chunk("IHDR", header),
  chunk("IDAT", deflateSync(Buffer.from(pixels.flat()), { level: 9 })),
  chunk("IEND", Buffer.alloc(0)),
]);
writeFileSync(new URL("../icon.png", import.meta.url), png);
