// Rounding as XNNPACK does it, which LiteRT computes with.
"use strict";

const float = Math.fround;

// To the nearest integer, halves to the even one.
function roundEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor;
  return floor % 2 ? floor + 1 : floor;
}

// The int8 nearest to a real number, in steps of the scale.
function quantized(value, inverseScale, zeroPoint) {
  const steps = roundEven(float(float(value) * inverseScale));
  return Math.min(127, Math.max(-128, steps + zeroPoint));
}

// From int32 sums of products to int8: a float32 product, then rounding.
function requantized(sum, scale, zeroPoint, low, high) {
  const steps = roundEven(float(float(sum) * scale)) + zeroPoint;
  return steps < low ? low : steps > high ? high : steps;
}

// Least and greatest value that an activation lets pass.
function limits(activation, tensor) {
  const [low, high] = {
    none: [-Infinity, Infinity],
    relu: [0, Infinity],
    relu6: [0, 6],
    relu_n1_to_1: [-1, 1],
  }[activation || "none"];
  if (tensor.type === "float32") return [low, high];
  const inverse = float(1 / tensor.scale);
  return [low, high].map((value) => {
    return quantized(value, inverse, tensor.zeroPoint);
  });
}

// The real numbers of a tensor; int8 and half precision become float32.
function real(tensor) {
  if (tensor.type === "float16") {
    return Float32Array.from(tensor.data, fromHalf);
  }
  if (tensor.type !== "int8") return tensor.data;
  const { scale, zeroPoint } = tensor;
  return Float32Array.from(tensor.data, (value) => {
    return (value - zeroPoint) * scale;
  });
}

function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
