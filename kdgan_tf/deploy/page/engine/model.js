// From the bytes of a .tflite file to tensors and operators.
"use strict";

// Numbers of schema.fbs: builtin operators, types of tensors.
const OPERATORS = {
  0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D",
  5: "DEPTH_TO_SPACE", 6: "DEQUANTIZE", 8: "FLOOR", 9: "FULLY_CONNECTED",
  17: "MAX_POOL_2D", 18: "MUL", 19: "RELU", 22: "RESHAPE",
  26: "SPACE_TO_DEPTH", 28: "TANH",
  34: "PAD", 36: "GATHER", 40: "MEAN", 41: "SUB", 42: "DIV", 43: "SQUEEZE",
  45: "STRIDED_SLICE", 47: "EXP", 53: "CAST", 55: "MAXIMUM", 57: "MINIMUM", 59: "NEG",
  60: "PADV2", 65: "SLICE", 67: "TRANSPOSE_CONV", 70: "EXPAND_DIMS",
  73: "LOG", 74: "SUM", 75: "SQRT", 76: "RSQRT", 82: "REDUCE_MAX",
  83: "PACK", 89: "REDUCE_MIN", 92: "SQUARE", 98: "LEAKY_RELU",
  99: "SQUARED_DIFFERENCE", 101: "ABS", 114: "QUANTIZE",
};
const TYPES = {
  0: ["float32", Float32Array],
  1: ["float16", Uint16Array],
  2: ["int32", Int32Array],
  3: ["uint8", Uint8Array],
  9: ["int8", Int8Array],
};
const ACTIVATIONS = ["none", "relu", "relu_n1_to_1", "relu6"];

// Fields of each operator's table of options: [name, number, kind, default].
const ACTIVATION_FIRST = [["activation", 0, "byte"]];
const POOL = [
  ["padding", 0, "byte"], ["strideWidth", 1, "int"],
  ["strideHeight", 2, "int"], ["width", 3, "int"], ["height", 4, "int"],
  ["activation", 5, "byte"],
];
const REDUCTION = [["keepDimensions", 0, "byte"]];
const OPTIONS = {
  ADD: ACTIVATION_FIRST,
  SUB: ACTIVATION_FIRST,
  MUL: ACTIVATION_FIRST,
  DIV: ACTIVATION_FIRST,
  FULLY_CONNECTED: ACTIVATION_FIRST,
  CONCATENATION: [["axis", 0, "int"], ["activation", 1, "byte"]],
  CONV_2D: [
    ["padding", 0, "byte"], ["strideWidth", 1, "int"],
    ["strideHeight", 2, "int"], ["activation", 3, "byte"],
    ["dilationWidth", 4, "int", 1], ["dilationHeight", 5, "int", 1],
  ],
  TRANSPOSE_CONV: [
    ["padding", 0, "byte"], ["strideWidth", 1, "int"],
    ["strideHeight", 2, "int"], ["activation", 3, "byte"],
  ],
  AVERAGE_POOL_2D: POOL,
  MAX_POOL_2D: POOL,
  MEAN: REDUCTION,
  SUM: REDUCTION,
  REDUCE_MAX: REDUCTION,
  REDUCE_MIN: REDUCTION,
  LEAKY_RELU: [["alpha", 0, "float"]],
  DEPTH_TO_SPACE: [["block", 0, "int"]],
  SPACE_TO_DEPTH: [["block", 0, "int"]],
  PACK: [["count", 0, "int"], ["axis", 1, "int"]],
  STRIDED_SLICE: [
    ["beginMask", 0, "int"], ["endMask", 1, "int"],
    ["ellipsisMask", 2, "int"], ["newAxisMask", 3, "int"],
    ["shrinkMask", 4, "int"],
  ],
};

function count(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

// A typed array over bytes that may lie at any address.
function typed(kind, bytes) {
  const copy = bytes.slice();
  return new kind(copy.buffer, 0, copy.length / kind.BYTES_PER_ELEMENT);
}

function parseTensor(table, buffers) {
  const found = TYPES[table.byte(1)];
  if (!found) throw new Error(`a tensor of type ${table.byte(1)}`);
  const [type, kind] = found;
  const shape = table.ints(0);
  const bytes = buffers[table.int(2)].bytes(0);
  const quantization = table.table(4);
  const scales = quantization ? quantization.floats(2) : [];
  const zeroPoints = quantization ? quantization.longs(3) : [];
  return {
    type,
    shape,
    size: count(shape),
    constant: bytes.length > 0,
    data: bytes.length ? typed(kind, bytes) : new kind(count(shape)),
    scales,
    scale: scales.length ? scales[0] : 0,
    zeroPoint: zeroPoints.length ? zeroPoints[0] : 0,
  };
}

function parseOperator(table, codes, tensors) {
  const code = codes[table.int(0)];
  // Operators younger than a byte's worth of them have the second field.
  const number = Math.max(code.byte(0), code.int(3));
  const name = OPERATORS[number];
  if (!name) throw new Error(`operator ${number} is unknown to this page`);
  const options = {};
  const stored = table.table(4);
  for (const [option, field, kind, otherwise = 0] of OPTIONS[name] || []) {
    options[option] = stored ? stored[kind](field, otherwise) : otherwise;
  }
  if ("activation" in options) {
    options.activation = ACTIVATIONS[options.activation];
    if (!options.activation) throw new Error(`an activation in ${name}`);
  }
  return {
    name,
    options,
    inputs: table.ints(1).map((i) => (i < 0 ? null : tensors[i])),
    outputs: table.ints(2).map((i) => tensors[i]),
  };
}

// Returns {tensors, operators, input, output}: one subgraph, one of either.
function parseModel(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 8 || view.getUint32(4, true) !== 0x334c4654) {
    throw new Error("no TFLite file");
  }
  const root = new Table(view, view.getUint32(0, true));
  const [graph] = root.tables(2);
  const buffers = root.tables(4);
  const tensors = graph.tables(0).map((table) => parseTensor(table, buffers));
  const codes = root.tables(1);
  const operators = graph
    .tables(3)
    .map((table) => parseOperator(table, codes, tensors));
  const [input, output] = [graph.ints(1)[0], graph.ints(2)[0]];
  return { operators, input: tensors[input], output: tensors[output] };
}
