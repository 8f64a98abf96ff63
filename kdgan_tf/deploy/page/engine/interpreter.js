// Runs a parsed model: every operator in the file's order.
"use strict";

const KERNELS = { ...LAYERS, ...ELEMENTWISE, ...REDUCTIONS, ...LAYOUTS };

class Interpreter {
  constructor(bytes) {
    this.model = parseModel(bytes);
    this.steps = this.model.operators.map((operator) => {
      const { name, inputs, outputs, options } = operator;
      return KERNELS[name](inputs, outputs, options);
    });
  }

  // Values of the input's type in, the score out.
  run(values) {
    this.model.input.data.set(values);
    for (const step of this.steps) step();
    return this.model.output.data[0];
  }

  // What the network saw and what its decoder has drawn in the last run, both
  // in [-1, 1]. Drawn is what the last layer of pixels leaves: a TANH of the
  // input's shape, or the SLICE of one whose convolution clips. Where contrast
  // is not normalised by a TANH before, the network saw the pixels, and `seen`
  // is null. Null where the model draws nothing.
  pictures() {
    const { operators, input } = this.model;
    const found = operators.filter(({ name, outputs: [output] }) => {
      return ["TANH", "SLICE"].includes(name) && output.size === input.size;
    });
    if (!found.length) return null;
    const drawn = found.pop();
    const seen = found.find(({ name }) => name === "TANH");
    return {
      seen: seen ? real(seen.outputs[0]) : null,
      drawn: real(drawn.outputs[0]),
    };
  }
}
