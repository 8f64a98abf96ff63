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

  // The image that the decoder has drawn in the last run, in [-1, 1], or
  // null where the model has none: the last TANH of the input's shape.
  reconstruction() {
    const { operators, input } = this.model;
    const drawn = operators
      .filter(({ name }) => name === "TANH")
      .map(({ outputs }) => outputs[0])
      .filter(({ size }) => size === input.size)
      .pop();
    return drawn ? real(drawn) : null;
  }
}
