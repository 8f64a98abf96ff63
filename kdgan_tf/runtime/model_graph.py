"""The graph of a `.tflite` file: its tensors, operators and signature."""

import dataclasses
import math

# XNNPACK takes models of which the `steepness` is below this.
STEEPEST = 256
# Operators that multiply what comes in with a kernel.
_MULTIPLYING = {
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "TRANSPOSE_CONV",
}


@dataclasses.dataclass(frozen=True)
class Tensor:
    """One tensor of a model file."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    constant: bool

    @property
    def size(self):
        """How many values it holds."""
        return math.prod(self.shape)


@dataclasses.dataclass(frozen=True)
class Operator:
    """One operator: its TFLite name, and the places of its tensors."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class ModelFile:
    """The graph of a model file and one of its signatures.

    Args:
        tensors: All tensors of the graph.
        operators: Its operators, in the order in which they run.
        inputs: Tensors by the names that the signature gives its inputs.
        outputs: The same for its outputs.
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]

    @property
    def operator_names(self):
        """Names of the operators, sorted, each once."""
        return tuple(sorted({operator.name for operator in self.operators}))

    @property
    def steepness(self):
        """The largest factor from a layer's integer products to its output.

        It is the scale of its input times that of its kernel by that of its
        output, 0 where no layer is int8. XNNPACK refuses a model where it is
        `STEEPEST` or more, and may end the process as it does.
        """
        factors = [0.0]
        for operator in self.operators:
            output = self.tensors[operator.outputs[0]]
            if operator.name in _MULTIPLYING and output.dtype == "int8":
                entering = [
                    max(self.tensors[place].scales, default=1.0)
                    for place in operator.inputs
                    if place >= 0 and self.tensors[place].dtype == "int8"
                ]
                products = math.prod(entering)
                factors.append(products / max(output.scales, default=1.0))
        return max(factors)

    @property
    def fast_kernels(self):
        """Whether XNNPACK takes the model."""
        return self.steepness < STEEPEST
