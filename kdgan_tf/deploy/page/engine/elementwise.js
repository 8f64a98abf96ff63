// Operators that take each element by itself, or two of a kind.
"use strict";

function mapped(input, output, operation) {
  return () => {
    for (let i = 0; i < output.size; i++) {
      output.data[i] = operation(input.data[i]);
    }
  };
}

// An int8 function as a table of its 256 answers, in double precision.
function tabled(input, output, operation) {
  const inverse = float(1 / output.scale);
  const table = Int8Array.from({ length: 256 }, (_, index) => {
    const value = float((index - 128 - input.zeroPoint) * input.scale);
    return quantized(operation(value), inverse, output.zeroPoint);
  });
  return mapped(input, output, (value) => table[value + 128]);
}

function unary(operation) {
  return ([input], [output]) => {
    const make = input.type === "int8" ? tabled : mapped;
    return make(input, output, operation);
  };
}

// XNNPACK's LEAKY_RELU and its change of scale: factors of 8 bits.
function scaledInt8(input, output, slope) {
  const positive = roundEven(float(256 * float(input.scale / output.scale)));
  const steep = float(float(input.scale / output.scale) * slope);
  const negative = roundEven(float(256 * steep));
  return mapped(input, output, (value) => {
    const centre = value - input.zeroPoint;
    const factor = centre >= 0 ? positive : negative;
    const steps = ((centre * factor + 128) >> 8) + output.zeroPoint;
    return Math.min(127, Math.max(-128, steps));
  });
}

function leakyRelu([input], [output], { alpha }) {
  if (input.type === "int8") return scaledInt8(input, output, alpha);
  return mapped(input, output, (value) => (value >= 0 ? value : value * alpha));
}

// Strides with which a tensor is read as one of the output's shape.
function broadcast(tensor, shape) {
  const strides = new Array(shape.length).fill(0);
  let stride = 1;
  for (let back = 1; back <= tensor.shape.length; back++) {
    const size = tensor.shape[tensor.shape.length - back];
    if (size > 1) strides[shape.length - back] = stride;
    stride *= size;
  }
  return strides;
}

// Index into a tensor, by index into an array of the shape.
function indices(shape, strides, start = 0) {
  let found = [start];
  shape.forEach((size, axis) => {
    found = found.flatMap((base) => {
      return Array.from({ length: size }, (_, i) => base + i * strides[axis]);
    });
  });
  return Int32Array.from(found);
}

function pairwise(left, right, output, operation) {
  const [first, second] = [left, right].map((tensor) => {
    return indices(output.shape, broadcast(tensor, output.shape));
  });
  return () => {
    for (let i = 0; i < output.size; i++) {
      output.data[i] = operation(left.data[first[i]], right.data[second[i]]);
    }
  };
}

// XNNPACK's int8 sum: factors of 21 bits, halves upwards.
function sumInt8(left, right, output, activation, sign) {
  const [low, high] = limits(activation, output);
  const scales = [left, right].map((tensor) => {
    return float(tensor.scale / output.scale);
  });
  const shift = 20 - Math.floor(Math.log2(Math.max(...scales)));
  const [first, second] = scales.map((scale) => roundEven(scale * 2 ** shift));
  return pairwise(left, right, output, (a, b) => {
    const sum =
      (a - left.zeroPoint) * first + sign * (b - right.zeroPoint) * second;
    const steps = Math.floor((sum + 2 ** (shift - 1)) / 2 ** shift);
    return Math.min(high, Math.max(low, steps + output.zeroPoint));
  });
}

function productInt8(left, right, output, activation) {
  const [low, high] = limits(activation, output);
  const scale = float(float(left.scale * right.scale) / output.scale);
  return pairwise(left, right, output, (a, b) => {
    const product = (a - left.zeroPoint) * (b - right.zeroPoint);
    return requantized(product, scale, output.zeroPoint, low, high);
  });
}

// Other int8 operators of two: by way of real numbers.
function realInt8(left, right, output, activation, operation) {
  const [low, high] = limits(activation, output);
  const inverse = float(1 / output.scale);
  return pairwise(left, right, output, (a, b) => {
    const value = operation(
      (a - left.zeroPoint) * left.scale,
      (b - right.zeroPoint) * right.scale
    );
    const steps = quantized(value, inverse, output.zeroPoint);
    return Math.min(high, Math.max(low, steps));
  });
}

function binary(operation, int8 = realInt8) {
  return ([left, right], [output], { activation }) => {
    if (output.type === "int8") {
      return int8(left, right, output, activation, operation);
    }
    const [low, high] = limits(activation, output);
    return pairwise(left, right, output, (a, b) => {
      return Math.min(high, Math.max(low, operation(a, b)));
    });
  };
}

const ELEMENTWISE = {
  ABS: unary(Math.abs),
  CAST([input], [output]) {
    return mapped(input, output, output.type === "int32" ? Math.trunc : float);
  },
  EXP: unary(Math.exp),
  FLOOR: unary(Math.floor),
  LOG: unary(Math.log),
  NEG: unary((value) => -value),
  RELU: unary((value) => Math.max(0, value)),
  RSQRT: unary((value) => 1 / Math.sqrt(value)),
  SQRT: unary(Math.sqrt),
  SQUARE: unary((value) => value * value),
  TANH: unary(Math.tanh),
  LEAKY_RELU: leakyRelu,
  ADD: binary((a, b) => a + b, (a, b, output, activation) => {
    return sumInt8(a, b, output, activation, 1);
  }),
  SUB: binary((a, b) => a - b, (a, b, output, activation) => {
    return sumInt8(a, b, output, activation, -1);
  }),
  MUL: binary((a, b) => a * b, productInt8),
  DIV: binary((a, b) => a / b),
  MAXIMUM: binary(Math.max),
  MINIMUM: binary(Math.min),
  SQUARED_DIFFERENCE: binary((a, b) => float(a - b) * float(a - b)),
  QUANTIZE([input], [output]) {
    if (input.type === "int8") return scaledInt8(input, output, 1);
    const inverse = float(1 / output.scale);
    return mapped(input, output, (value) => {
      return quantized(value, inverse, output.zeroPoint);
    });
  },
  DEQUANTIZE([input], [output]) {
    return () => output.data.set(real(input));
  },
};
