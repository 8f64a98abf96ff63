// What "deflate" has packed, as it was (RFC 1951). Browsers can do this, but
// not in one go, and a bare JavaScript engine cannot.
"use strict";

// Of each symbol from 257 on: the least length of a repeated piece, and how
// many bits are added to it; the same for how far back it begins.
const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67,
  83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5,
  5, 5, 0,
];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769,
  1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11,
  11, 12, 12, 13, 13,
];
// In this order a block gives the lengths of the codes of its codes.
const CODE_ORDER = [
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const END_OF_BLOCK = 256;

class Bits {
  constructor(bytes) {
    [this.bytes, this.at, this.held, this.count] = [bytes, 0, 0, 0];
  }

  take(count) {
    while (this.count < count) {
      if (this.at >= this.bytes.length) {
        throw new InputError("Expected packed bytes, but they end early.");
      }
      this.held |= this.bytes[this.at++] << this.count;
      this.count += 8;
    }
    const value = this.held & ((1 << count) - 1);
    this.held >>>= count;
    this.count -= count;
    return value;
  }

  // Bytes as they are begin at a whole byte.
  takeStored() {
    [this.held, this.count] = [0, 0];
    const size = this.take(16);
    this.take(16); // its complement
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
}

// A canonical Huffman code: shorter codes first, in the order of the symbols.
class Code {
  constructor(lengths) {
    this.counts = new Uint16Array(16);
    lengths.forEach((length) => this.counts[length]++);
    this.counts[0] = 0;
    const next = new Uint16Array(16);
    for (let i = 1; i < 15; i++) next[i + 1] = next[i] + this.counts[i];
    this.symbols = new Uint16Array(lengths.length);
    lengths.forEach((length, symbol) => {
      if (length) this.symbols[next[length]++] = symbol;
    });
  }

  next(bits) {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length < 16; length++) {
      code |= bits.take(1);
      const count = this.counts[length];
      if (code - first < count) return this.symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InputError("Expected packed bytes, found an unknown code.");
  }
}

function fixedCodes() {
  const lengths = Array.from({ length: 288 }, (_, i) =>
    i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8
  );
  return [new Code(lengths), new Code(Array(30).fill(5))];
}

function givenCodes(bits) {
  const [literals, distances] = [bits.take(5) + 257, bits.take(5) + 1];
  const outer = Array(19).fill(0);
  const given = bits.take(4) + 4;
  for (let i = 0; i < given; i++) outer[CODE_ORDER[i]] = bits.take(3);
  const code = new Code(outer);
  const lengths = [];
  while (lengths.length < literals + distances) {
    const symbol = code.next(bits);
    let [value, times] = [symbol, 1];
    if (symbol === 16) [value, times] = [lengths.at(-1), 3 + bits.take(2)];
    if (symbol === 17) [value, times] = [0, 3 + bits.take(3)];
    if (symbol === 18) [value, times] = [0, 11 + bits.take(7)];
    for (; times > 0; times--) lengths.push(value);
  }
  return [
    new Code(lengths.slice(0, literals)),
    new Code(lengths.slice(literals, literals + distances)),
  ];
}

// Bytes of a known size from packed ones.
//
// Throws an InputError where they are more, fewer or damaged.
function inflated(packed, size) {
  const bits = new Bits(packed);
  const bytes = new Uint8Array(size);
  let [at, last] = [0, 0];
  while (!last) {
    last = bits.take(1);
    const kind = bits.take(2);
    if (kind === 0) {
      const stored = bits.takeStored();
      bytes.set(stored, at);
      at += stored.length;
      continue;
    }
    const [literals, distances] = kind === 1 ? fixedCodes() : givenCodes(bits);
    for (;;) {
      const symbol = literals.next(bits);
      if (symbol === END_OF_BLOCK) break;
      if (symbol < END_OF_BLOCK) {
        bytes[at++] = symbol;
        continue;
      }
      const place = symbol - END_OF_BLOCK - 1;
      const length = LENGTHS[place] + bits.take(LENGTH_BITS[place]);
      const back = distances.next(bits);
      const distance = DISTANCES[back] + bits.take(DISTANCE_BITS[back]);
      // Byte by byte: a piece may go on into what it has just written.
      for (let i = 0; i < length; i++, at++) bytes[at] = bytes[at - distance];
    }
  }
  if (at !== size) {
    throw new InputError(`Expected ${size} bytes, packed. Received: ${at}.`);
  }
  return bytes;
}

// The model of a page, from the text that the page holds.
function unpackedModel(text, sidecar) {
  return inflated(fromBase64(text), sidecar.model_bytes);
}
