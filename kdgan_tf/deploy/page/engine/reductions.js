// Operators that make one of many: over axes, or over windows.
"use strict";

function axesOf(tensor, rank) {
  return Array.from(tensor.data, (axis) => (axis + rank) % rank);
}

// For each output element the indices of the inputs that it is made of.
function groups(input, axes) {
  const strides = stridesOf(input.shape);
  const part = (wanted) => {
    const kept = input.shape.map((_, axis) => axis).filter(wanted);
    return indices(
      kept.map((axis) => input.shape[axis]),
      kept.map((axis) => strides[axis])
    );
  };
  return {
    starts: part((axis) => !axes.includes(axis)),
    members: part((axis) => axes.includes(axis)),
  };
}

// A float sum over the last axis as XNNPACK makes it on x86: 32 sums side by
// side, then those of their halves. The order decides the last bit.
function laneSum(count, value) {
  const lanes = new Float32Array(32);
  const whole = count - (count % 32);
  for (let i = 0; i < whole; i++) lanes[i % 32] += value(i);
  let at = whole;
  if (count - at >= 16) {
    for (let i = 0; i < 16; i++) lanes[i] += value(at + i);
    at += 16;
  }
  for (let i = 0; i < 16; i++) lanes[i] += lanes[i + 16];
  for (let i = 0; at + i < count; i++) lanes[i] += value(at + i);
  for (let half = 8; half >= 1; half /= 2) {
    for (let i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

function reduction(begin, combine, finish, sums = false) {
  return ([input, axesTensor], [output]) => {
    const axes = axesOf(axesTensor, input.shape.length);
    const { starts, members } = groups(input, axes);
    const real = input.type === "float32";
    const lanes = sums && real && axes.includes(input.shape.length - 1);
    const step = real ? float : (value) => value;
    const end = finish(input, output, members.length);
    const one = (start) => {
      if (lanes) {
        const value = (i) => input.data[start + members[i]];
        return laneSum(members.length, value);
      }
      let found = begin;
      for (const member of members) {
        found = step(combine(found, input.data[start + member]));
      }
      return found;
    };
    return () => {
      starts.forEach((start, i) => (output.data[i] = end(one(start))));
    };
  };
}

function finishSum(share) {
  return (input, output, members) => {
    const factor = share ? float(1 / members) : 1;
    if (input.type !== "int8") return (sum) => float(sum) * factor;
    const scale = float(float(input.scale / output.scale) * factor);
    return (sum) => {
      const centre = sum - members * input.zeroPoint;
      return requantized(centre, scale, output.zeroPoint, -128, 127);
    };
  };
}

const finishExtreme = () => (value) => value;

function pool(average) {
  return ([input], [output], options) => {
    const [, height, width, depth] = input.shape;
    const [, rows, columns] = output.shape;
    const [low, high] = limits(options.activation, output);
    const down = taps(options, "Height", height, rows, options.height);
    const across = taps(options, "Width", width, columns, options.width);
    const window = average
      ? averageOf(input.type === "int8")
      : (values) => values.reduce((a, b) => Math.max(a, b));
    return () => {
      for (let to = 0; to < output.size; to++) {
        const channel = to % depth;
        const column = Math.floor(to / depth) % columns;
        const row = Math.floor(to / depth / columns);
        const values = [];
        for (const y of down[row]) {
          for (const x of across[column]) {
            if (y < 0 || x < 0) continue;
            values.push(input.data[(y * width + x) * depth + channel]);
          }
        }
        output.data[to] = Math.min(high, Math.max(low, window(values)));
      }
    };
  };
}

function averageOf(integer) {
  const add = integer ? (a, b) => a + b : (a, b) => float(a + b);
  return (values) => {
    const sum = values.reduce(add, 0);
    if (!integer) return sum * float(1 / values.length);
    // TensorFlow Lite's own kernel: halves away from zero.
    const half = Math.floor(values.length / 2);
    return Math.trunc((sum > 0 ? sum + half : sum - half) / values.length);
  };
}

const REDUCTIONS = {
  MEAN: reduction(0, (a, b) => a + b, finishSum(true), true),
  SUM: reduction(0, (a, b) => a + b, finishSum(false), true),
  REDUCE_MAX: reduction(-Infinity, Math.max, finishExtreme),
  REDUCE_MIN: reduction(Infinity, Math.min, finishExtreme),
  AVERAGE_POOL_2D: pool(true),
  MAX_POOL_2D: pool(false),
};
