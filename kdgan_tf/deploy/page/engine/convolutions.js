// Layers with weights: patches of the input against filters.
"use strict";

// Input index, by output index and tap of the filter; -1 is outside. For a
// transposed convolution the roles of input and output are changed.
function taps(options, axis, input, output, filter, transposed) {
  const [stride, dilation] = [
    options[`stride${axis}`], options[`dilation${axis}`] || 1,
  ];
  const [wide, narrow] = transposed ? [output, input] : [input, output];
  const reach = (narrow - 1) * stride + (filter - 1) * dilation + 1;
  const same = options.padding === 0;
  const before = same ? Math.max(0, reach - wide) >> 1 : 0;
  return Array.from({ length: output }, (_, place) => {
    return Int32Array.from({ length: filter }, (_, tap) => {
      let source = place * stride - before + tap * dilation;
      if (transposed) {
        source = (place + before - tap) / stride;
        if (!Number.isInteger(source)) return -1;
      }
      return source >= 0 && source < input ? source : -1;
    });
  });
}

function integerSum(patch, data, start, length) {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    sum = (sum + Math.imul(patch[i], data[start + i])) | 0;
  }
  return sum;
}

// Function from a patch (the values under a filter) to all output channels.
function contraction(weights, bias, input, output, activation) {
  const channels = weights.shape[0];
  const length = weights.size / channels;
  const [low, high] = limits(activation, output);
  const data = weights.type === "float16" ? real(weights) : weights.data;
  const scaleOf = (channel) => {
    return weights.scales[weights.scales.length > 1 ? channel : 0];
  };
  if (output.type === "int8") {
    const scales = Float32Array.from({ length: channels }, (_, channel) => {
      return float(float(input.scale * scaleOf(channel)) / output.scale);
    });
    return (patch, at) => {
      for (let channel = 0; channel < channels; channel++) {
        const sum = integerSum(patch, data, channel * length, length);
        output.data[at + channel] = requantized(
          bias ? sum + bias.data[channel] : sum,
          scales[channel],
          output.zeroPoint,
          low,
          high
        );
      }
    };
  }
  if (weights.type === "int8") {
    return dynamicContraction(
      data, bias, output, channels, length, scaleOf, low, high
    );
  }
  return (patch, at) => {
    for (let channel = 0; channel < channels; channel++) {
      let sum = bias ? bias.data[channel] : 0;
      const row = channel * length;
      // A product is exact in double precision: a fused multiply and add.
      for (let i = 0; i < length; i++) {
        sum = float(sum + patch[i] * data[row + i]);
      }
      output.data[at + channel] = Math.min(high, Math.max(low, sum));
    }
  };
}

// Weights in int8, values in float: the input is rounded image by image.
function dynamicContraction(
  data, bias, output, channels, length, scaleOf, low, high
) {
  return (patch, at, step) => {
    for (let channel = 0; channel < channels; channel++) {
      const sum = integerSum(patch, data, channel * length, length);
      const added = bias ? bias.data[channel] : 0;
      const value = float(
        float(float(sum) * step) * scaleOf(channel) + added
      );
      output.data[at + channel] = Math.min(high, Math.max(low, value));
    }
  };
}

// The input's values less their zero point; for dynamic layers also a step.
function centred(input, weights, target) {
  const { data, zeroPoint } = input;
  if (input.type === "int8") {
    for (let i = 0; i < data.length; i++) target[i] = data[i] - zeroPoint;
    return 1;
  }
  if (weights.type !== "int8") {
    target.set(data);
    return 1;
  }
  let [least, greatest] = [0, 0];
  for (const value of data) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const inverse = greatest === least ? 1 : float(255 / float(greatest - least));
  const [below, above] = [float(least * inverse), float(greatest * inverse)];
  const error = float(float(-128 + below) + float(127 + above));
  const zero = roundEven(error > 0 ? float(-128 - below) : float(127 - above));
  for (let i = 0; i < data.length; i++) {
    target[i] = quantized(data[i], inverse, zero) - zero;
  }
  return float(1 / inverse);
}

function layer(input, weights, bias, output, options, transposed) {
  const [, height, width, depth] = input.shape;
  const [, rows, columns, channels] = output.shape;
  const [, filterHeight, filterWidth] = weights.shape;
  const down = taps(options, "Height", height, rows, filterHeight, transposed);
  const across = taps(
    options, "Width", width, columns, filterWidth, transposed
  );
  const contract = contraction(
    weights, bias, input, output, options.activation
  );
  const kind = weights.type === "int8" ? Int32Array : Float32Array;
  const patch = new kind(filterHeight * filterWidth * depth);
  const values = new kind(input.size);
  return () => {
    const step = centred(input, weights, values);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        gather(values, patch, down[row], across[column], width, depth);
        contract(patch, (row * columns + column) * channels, step);
      }
    }
  };
}

function gather(values, patch, down, across, width, depth) {
  let to = 0;
  for (const y of down) {
    for (const x of across) {
      const from = (y * width + x) * depth;
      const inside = y >= 0 && x >= 0;
      for (let i = 0; i < depth; i++) {
        patch[to++] = inside ? values[from + i] : 0;
      }
    }
  }
}

function fullyConnected([input, weights, bias], [output], options) {
  const length = weights.shape[1];
  const contract = contraction(
    weights, bias, input, output, options.activation
  );
  const kind = weights.type === "int8" ? Int32Array : Float32Array;
  const values = new kind(input.size);
  return () => {
    const step = centred(input, weights, values);
    for (let row = 0; row * length < values.length; row++) {
      const patch = values.subarray(row * length, (row + 1) * length);
      contract(patch, row * weights.shape[0], step);
    }
  };
}

const LAYERS = {
  CONV_2D([input, weights, bias], [output], options) {
    return layer(input, weights, bias, output, options, false);
  },
  TRANSPOSE_CONV([, weights, input, bias], [output], options) {
    return layer(input, weights, bias, output, options, true);
  },
  FULLY_CONNECTED: fullyConnected,
};
