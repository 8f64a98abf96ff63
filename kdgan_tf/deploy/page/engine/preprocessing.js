// From an image as it comes to the model's input, the same bytes as in Python:
// docs/sidecar.md, "Preprocessing", has the rule. An image is {width, height,
// channels, values}, rows of pixels, 8 bits or, as a Uint16Array, 16.
"use strict";

const SMALLEST_SIDE = 8;

class InputError extends Error {}

function to8Bits(image, bitDepth) {
  if (!(image.values instanceof Uint16Array)) return image;
  const largest = 2 ** bitDepth - 1;
  const values = Uint8Array.from(image.values, (value) => {
    const capped = Math.min(value, largest);
    return Math.floor((capped * 510 + largest) / (2 * largest));
  });
  return { ...image, values };
}

function withChannels(image, channels) {
  if (image.channels === channels) return image;
  const { values } = image;
  const made = new Uint8Array(image.width * image.height * channels);
  for (let i = 0; i < made.length; i++) {
    if (channels === 3) {
      made[i] = values[Math.floor(i / 3)];
    } else {
      const [red, green, blue] = values.subarray(3 * i, 3 * i + 3);
      made[i] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    }
  }
  return { ...image, channels, values: made };
}

// Pixel (x, y) of the new image is pixel source(x, y) of the old one.
function moved(image, width, height, source) {
  const { channels, values } = image;
  const made = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = source(x, y) * channels;
      if (from < 0) continue;
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) made[to + c] = values[from + c];
    }
  }
  return { width, height, channels, values: made };
}

function toShape(image, fit) {
  const { width, height } = image;
  if (fit === "crop") {
    const side = Math.min(width, height);
    const [left, top] = [(width - side) >> 1, (height - side) >> 1];
    return moved(image, side, side, (x, y) => (y + top) * width + x + left);
  }
  if (fit === "pad") {
    const side = Math.max(width, height);
    const [left, top] = [(side - width) >> 1, (side - height) >> 1];
    const within = (value, size) => Math.min(size - 1, Math.max(0, value));
    return moved(image, side, side, (x, y) => {
      return within(y - top, height) * width + within(x - left, width);
    });
  }
  return image;
}

// Which places of n make value i of k, as pillow's BOX chooses them.
function windows(n, k) {
  const scale = n / k;
  return Array.from({ length: k }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - 0.5 * scale + 0.5));
    const last = Math.min(n, Math.trunc(centre + 0.5 * scale + 0.5));
    const places = [];
    for (let place = first; place < last; place++) {
      const at = (place - centre + 0.5) * (1 / scale);
      if (-0.5 < at && at <= 0.5) places.push(place);
    }
    return places;
  });
}

// Lines of n values, `step` apart, to lines of k.
function shrunkLines(values, lines, n, k, step, starts) {
  const made = new Uint8Array(lines * k);
  windows(n, k).forEach((places, i) => {
    const weight = Math.trunc(0.5 + 2 ** 22 / places.length);
    for (let line = 0; line < lines; line++) {
      const [from, to] = starts(line);
      let sum = 0;
      for (const place of places) sum += values[from + place * step];
      const mean = Math.floor((2 ** 21 + weight * sum) / 2 ** 22);
      made[to + i * step] = Math.min(255, mean);
    }
  });
  return made;
}

// Rows first, then columns: area averaging over whole pixels.
function shrink(image, side) {
  const { channels } = image;
  let { width, height, values } = image;
  if (width !== side) {
    const lines = height * channels;
    values = shrunkLines(values, lines, width, side, channels, (line) => {
      const [row, channel] = [Math.floor(line / channels), line % channels];
      return [
        row * width * channels + channel, row * side * channels + channel,
      ];
    });
    width = side;
  }
  if (height !== side) {
    const lines = width * channels;
    const same = (line) => [line, line];
    values = shrunkLines(values, lines, height, side, lines, same);
    height = side;
  }
  return { width, height, channels, values };
}

function refuse(condition, expected, received) {
  if (!condition) return;
  throw new InputError(`Expected ${expected}. Received: ${received}.`);
}

// The model's input before quantisation, an image of side x side pixels.
function preprocess(image, rule) {
  const { content_side: content, side, resize, channels } = rule;
  const fit = rule.fit || "square";
  const fitting = withChannels(to8Bits(image, rule.bit_depth || 16), channels);
  const { width, height } = fitting;
  const size = `${width}x${height} pixels`;
  if (width === side && height === side && !resize) return fitting;
  refuse(
    fit === "square" && (width !== height || width < SMALLEST_SIDE),
    `a square image of at least ${SMALLEST_SIDE} pixels`,
    size
  );
  const smallest = (fit === "pad" ? Math.max : Math.min)(width, height);
  const fits = resize ? smallest >= content : smallest === content;
  const wanted = `${resize ? "at least " : ""}${content}x${content} pixels`;
  refuse(!fits, wanted, size);
  const shaped = toShape(fitting, fit);
  const square = shaped.width === shaped.height;
  refuse(!resize && !(square && shaped.width === content), wanted, size);
  return border(shrink(shaped, content), side);
}

// The image in the middle of a black square.
function border(image, side) {
  if (image.width === side) return image;
  const before = (side - image.width) >> 1;
  return moved(image, side, side, (x, y) => {
    const [left, top] = [x - before, y - before];
    const inside =
      left >= 0 && top >= 0 && left < image.width && top < image.height;
    return inside ? top * image.width + left : -1;
  });
}
