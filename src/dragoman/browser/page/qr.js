// A small QR code encoder (ISO/IEC 18004): bytes, error correction M, versions 1 to 13 (331 bytes), the best mask. Pure.

const BLOCKS = [
  // version: error correction bytes of a block, [blocks, bytes of text in each] (level M)
  null,
  [10, [1, 16]], [16, [1, 28]], [26, [1, 44]], [18, [2, 32]], [24, [2, 43]],
  [16, [4, 27]], [18, [4, 31]], [22, [2, 38], [2, 39]], [22, [3, 36], [2, 37]], [26, [4, 43], [1, 44]],
  [30, [1, 50], [4, 51]], [22, [6, 36], [2, 37]], [22, [8, 37], [1, 38]],
];
const ALIGNED = [
  null, [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34],
  [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50], [6, 30, 54], [6, 32, 58], [6, 34, 62],
];
const MASKS = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (r, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

// The field of 256 elements over x^8 + x^4 + x^3 + x^2 + 1.
const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = x;
  EXP[i + 255] = x;
  LOG[x] = i;
  x <<= 1;
  if (x & 256) x ^= 0x11d;
}

/** The error correction bytes of one block (the remainder of its division by the generator). */
function correction(block, count) {
  let generator = [1];
  for (let i = 0; i < count; i += 1) {
    const next = [...generator, 0];
    generator.forEach((g, k) => {
      if (g) next[k + 1] ^= EXP[LOG[g] + i];
    });
    generator = next;
  }
  const rest = [...block, ...new Array(count).fill(0)];
  for (let i = 0; i < block.length; i += 1) {
    if (!rest[i]) continue;
    const factor = LOG[rest[i]];
    for (let k = 1; k <= count; k += 1) if (generator[k]) rest[i + k] ^= EXP[LOG[generator[k]] + factor];
  }
  return rest.slice(block.length);
}

const room = (version) => BLOCKS[version].slice(1).reduce((sum, [blocks, bytes]) => sum + blocks * bytes, 0);

/** The smallest version that holds so many bytes. */
function versionFor(length) {
  for (let version = 1; version < BLOCKS.length; version += 1) {
    if (length + (version < 10 ? 2 : 3) <= room(version)) return version;
  }
  throw new RangeError(`too long for a code: ${length} bytes`);
}

/** All bytes of the code: text, padding, error correction, interleaved. */
function codewords(bytes, version) {
  const bits = [];
  const add = (value, count) => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
  };
  add(4, 4);
  add(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) add(byte, 8);
  const size = room(version) * 8;
  add(0, Math.min(4, size - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xec; bits.length < size; pad ^= 0xec ^ 0x11) add(pad, 8);
  const text = [];
  for (let i = 0; i < bits.length; i += 8) text.push(parseInt(bits.slice(i, i + 8).join(""), 2));

  const [count, ...groups] = BLOCKS[version];
  const blocks = [];
  let at = 0;
  for (const [many, length] of groups) {
    for (let i = 0; i < many; i += 1, at += length) blocks.push(text.slice(at, at + length));
  }
  const corrections = blocks.map((block) => correction(block, count));
  const out = [];
  const longest = Math.max(...blocks.map((block) => block.length));
  for (let i = 0; i < longest; i += 1) for (const block of blocks) if (i < block.length) out.push(block[i]);
  for (let i = 0; i < count; i += 1) for (const block of corrections) out.push(block[i]);
  return out;
}

/** A square with the fixed patterns; `fixed` says which modules they own. */
function drawn(version) {
  const size = 17 + 4 * version;
  const dark = Array.from({ length: size }, () => new Uint8Array(size));
  const fixed = Array.from({ length: size }, () => new Uint8Array(size));
  const set = (r, c, on) => {
    if (r < 0 || c < 0 || r >= size || c >= size) return;
    dark[r][c] = on ? 1 : 0;
    fixed[r][c] = 1;
  };
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]]) {
    for (let r = -1; r <= 7; r += 1) {
      for (let c = -1; c <= 7; c += 1) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(top + r, left + c, ring !== 2 && ring < 4);
      }
    }
  }
  for (const r of ALIGNED[version]) {
    for (const c of ALIGNED[version]) {
      if (fixed[r][c]) continue; // a corner
      for (let y = -2; y <= 2; y += 1) for (let x = -2; x <= 2; x += 1) set(r + y, c + x, Math.max(Math.abs(y), Math.abs(x)) !== 1);
    }
  }
  for (let i = 8; i < size - 8; i += 1) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  drawFormat(set, size, 0);
  if (version >= 7) drawVersion(set, size, version);
  return { size, dark, fixed };
}

/** Level M and the mask, twice. */
function drawFormat(set, size, mask) {
  let rest = mask; // level M is 00
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  const bit = (i) => (bits >> i) & 1;
  for (let i = 0; i <= 5; i += 1) set(i, 8, bit(i));
  set(7, 8, bit(6));
  set(8, 8, bit(7));
  set(8, 7, bit(8));
  for (let i = 9; i < 15; i += 1) set(8, 14 - i, bit(i));
  for (let i = 0; i < 8; i += 1) set(8, size - 1 - i, bit(i));
  for (let i = 8; i < 15; i += 1) set(size - 15 + i, 8, bit(i));
  set(size - 8, 8, 1);
}

function drawVersion(set, size, version) {
  let rest = version;
  for (let i = 0; i < 12; i += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i += 1) {
    const a = size - 11 + (i % 3);
    const b = Math.floor(i / 3);
    set(a, b, (bits >> i) & 1);
    set(b, a, (bits >> i) & 1);
  }
}

/** The text's bits, up and down in columns of two from the right. */
function fill({ size, dark, fixed }, bytes) {
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i += 1) {
      const r = ((right + 1) & 2) === 0 ? size - 1 - i : i;
      for (const c of [right, right - 1]) {
        if (fixed[r][c]) continue;
        dark[r][c] = bit < bytes.length * 8 ? (bytes[bit >> 3] >> (7 - (bit & 7))) & 1 : 0;
        bit += 1;
      }
    }
  }
}

/** How hard a code is to read, by the four rules of the standard. */
export function penalty(dark) {
  const size = dark.length;
  let sum = 0;
  const lines = [...dark, ...Array.from({ length: size }, (_, c) => dark.map((row) => row[c]))];
  for (const line of lines) {
    for (let i = 0, run = 1; i < size; i += 1) {
      if (i + 1 < size && line[i] === line[i + 1]) run += 1;
      else {
        if (run >= 5) sum += run - 2;
        run = 1;
      }
    }
    const text = `0000${Array.from(line).join("")}0000`; // the margin is light
    for (let i = 0; i + 11 <= text.length; i += 1) {
      const part = text.slice(i, i + 11);
      if (part === "10111010000" || part === "00001011101") sum += 40;
    }
  }
  let count = 0;
  for (let r = 0; r < size; r += 1) {
    for (let c = 0; c < size; c += 1) {
      count += dark[r][c];
      if (r + 1 < size && c + 1 < size) {
        const four = dark[r][c] + dark[r][c + 1] + dark[r + 1][c] + dark[r + 1][c + 1];
        if (four % 4 === 0) sum += 3;
      }
    }
  }
  return sum + Math.floor(Math.abs((count * 20) / (size * size) - 10)) * 10;
}

/**
 * @param {string} text
 * @param {number} [only] a mask, instead of the best
 * @returns {Uint8Array[]} rows of modules, 1 is dark; without the margin of four light ones
 */
export function qr(text, only) {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const words = codewords(bytes, version);
  let best = null;
  for (const mask of only === undefined ? MASKS.keys() : [only]) {
    const code = drawn(version);
    fill(code, words);
    for (let r = 0; r < code.size; r += 1) {
      for (let c = 0; c < code.size; c += 1) if (!code.fixed[r][c] && MASKS[mask](r, c)) code.dark[r][c] ^= 1;
    }
    drawFormat((r, c, on) => (code.dark[r][c] = on ? 1 : 0), code.size, mask);
    const marks = penalty(code.dark);
    if (best === null || marks < best.marks) best = { marks, dark: code.dark };
  }
  return best.dark;
}

/** The code as the path of an SVG, one unit for a module, with the margin of four. @returns {{size: number, path: string}} */
export function qrPath(text) {
  const rows = qr(text);
  let path = "";
  rows.forEach((row, r) => {
    for (let c = 0; c < row.length; c += 1) {
      if (!row[c]) continue;
      let width = 1;
      while (row[c + width]) width += 1;
      path += `M${c + 4} ${r + 4}h${width}v1h-${width}z`;
      c += width;
    }
  });
  return { size: rows.length + 8, path };
}
