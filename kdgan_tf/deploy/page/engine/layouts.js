// Operators that move elements and compute nothing.
"use strict";

// Strides of an array of that shape, row by row.
function stridesOf(shape) {
  const strides = new Array(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  }
  return strides;
}

function sameScale(input, output, name) {
  const equal =
    input.type === output.type &&
    input.scale === output.scale &&
    input.zeroPoint === output.zeroPoint;
  if (!equal) throw new Error(`${name} between two scales`);
}

// Output element i is input element from[i].
function picked(input, output, from) {
  return () => {
    for (let i = 0; i < output.size; i++) output.data[i] = input.data[from[i]];
  };
}

function copied([input], [output]) {
  sameScale(input, output, "RESHAPE");
  return () => output.data.set(input.data);
}

function pad([input, padding, fill], [output]) {
  sameScale(input, output, "PAD");
  const strides = stridesOf(output.shape);
  const before = input.shape.map((_, axis) => padding.data[2 * axis]);
  const start = before.reduce((sum, n, axis) => sum + n * strides[axis], 0);
  const to = indices(input.shape, strides, start);
  const outside = fill ? fill.data[0] : output.zeroPoint;
  return () => {
    output.data.fill(outside);
    to.forEach((place, i) => (output.data[place] = input.data[i]));
  };
}

function depthToSpace([input], [output], { block }) {
  sameScale(input, output, "DEPTH_TO_SPACE");
  const [, height, width, depth] = input.shape;
  const channels = depth / (block * block);
  const [row, column] = [width * depth, depth];
  // Rows, rows within a block, columns, columns within a block, channels.
  const from = indices(
    [height, block, width, block, channels],
    [row, block * channels, column, channels, 1]
  );
  return picked(input, output, from);
}

function spaceToDepth([input], [output], { block }) {
  sameScale(input, output, "SPACE_TO_DEPTH");
  const [, height, width, channels] = input.shape;
  const row = width * channels;
  // Blocks of rows, blocks of columns, rows and columns within one, channels.
  const from = indices(
    [height / block, width / block, block, block, channels],
    [block * row, block * channels, row, channels, 1]
  );
  return picked(input, output, from);
}

function slice([input, begin], [output]) {
  sameScale(input, output, "SLICE");
  const strides = stridesOf(input.shape);
  const start = strides.reduce((sum, n, axis) => sum + n * begin.data[axis], 0);
  return picked(input, output, indices(output.shape, strides, start));
}

function stridedSlice([input, begin, end, steps], [output], options) {
  sameScale(input, output, "STRIDED_SLICE");
  if (options.ellipsisMask || options.newAxisMask) {
    throw new Error("STRIDED_SLICE with an ellipsis or a new axis");
  }
  const strides = stridesOf(input.shape);
  let start = 0;
  const [sizes, jumps] = [[], []];
  input.shape.forEach((size, axis) => {
    const step = steps.data[axis];
    const place = (value) => {
      const found = value < 0 ? value + size : value;
      return Math.min(size, Math.max(0, found));
    };
    const masked = (mask) => (mask >> axis) & 1;
    const open = step > 0 ? [0, size] : [size - 1, -1];
    const first = masked(options.beginMask) ? open[0] : place(begin.data[axis]);
    let last = masked(options.endMask) ? open[1] : place(end.data[axis]);
    if (masked(options.shrinkMask)) last = first + Math.sign(step);
    start += first * strides[axis];
    sizes.push(Math.ceil((last - first) / step));
    jumps.push(step * strides[axis]);
  });
  return picked(input, output, indices(sizes, jumps, start));
}

// Inputs side by side along an axis; stacked ones get that axis anew.
function joined(inputs, output, axis, stacked) {
  const place = (axis + output.shape.length) % output.shape.length;
  const strides = stridesOf(output.shape);
  let start = 0;
  const moves = inputs.map((input) => {
    sameScale(input, output, "CONCATENATION");
    const shape = [...input.shape];
    if (stacked) shape.splice(place, 0, 1);
    const to = indices(shape, strides, start);
    start += shape[place] * strides[place];
    return [input, to];
  });
  return () => {
    for (const [input, to] of moves) {
      to.forEach((at, i) => (output.data[at] = input.data[i]));
    }
  };
}

// Entries of a list, by numbers that are known as it runs.
function entries([input, places], [output]) {
  sameScale(input, output, "GATHER");
  if (input.shape.length !== 1) throw new Error("GATHER from no list");
  return () => {
    for (let i = 0; i < output.size; i++) {
      output.data[i] = input.data[places.data[i]];
    }
  };
}

const LAYOUTS = {
  RESHAPE: copied,
  SQUEEZE: copied,
  EXPAND_DIMS: copied,
  PAD: pad,
  PADV2: pad,
  DEPTH_TO_SPACE: depthToSpace,
  SPACE_TO_DEPTH: spaceToDepth,
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  CONCATENATION(inputs, [output], { axis }) {
    return joined(inputs, output, axis, false);
  },
  GATHER: entries,
  PACK(inputs, [output], { axis }) {
    return joined(inputs, output, axis, true);
  },
};
