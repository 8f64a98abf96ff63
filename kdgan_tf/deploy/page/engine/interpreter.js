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
  // in [-1, 1]: TANHs of the input's shape, the last is the drawn one. Where
  // contrast is not normalised, the network saw the pixels, and `seen` is null.
  // Null where the model draws nothing.
  pictures() {
    const { operators, input } = this.model;
    const found = operators
      .filter(({ name }) => name === "TANH")
      .map(({ outputs }) => outputs[0])
      .filter(({ size }) => size === input.size)
      .map(real);
    if (!found.length) return null;
    return { seen: found.length > 1 ? found[0] : null, drawn: found.pop() };
  }
}
