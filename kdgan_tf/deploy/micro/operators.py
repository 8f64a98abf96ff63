"""What TFLite Micro's operator resolver can register, and under which name."""

from kdgan_tf.runtime.errors import InputError

# The operators of `MicroMutableOpResolver`, by their TFLite names; ETHOS_U is
# what Vela leaves.
_OPERATORS = frozenset(
    # As text, because a list would take a line for each.
    """
    ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL
    BATCH_TO_SPACE_ND BROADCAST_ARGS BROADCAST_TO CALL_ONCE CAST CEIL
    CONCATENATION CONV_2D COS CUMSUM DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
    DIV ELU EMBEDDING_LOOKUP EQUAL ETHOS_U EXP EXPAND_DIMS FILL FLOOR FLOOR_DIV
    FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH
    IF L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND
    LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN MINIMUM
    MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU QUANTIZE READ_VARIABLE
    REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR
    RESIZE_NEAREST_NEIGHBOR REVERSE_V2 ROUND RSQRT SELECT_V2 SHAPE SIN SLICE
    SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE
    SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE
    TRANSPOSE_CONV UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK VAR_HANDLE WHILE
    ZEROS_LIKE
    """.split()  # noqa: SIM905
)

# CONV_2D is AddConv2D: each word capitalised. These are not.
_IRREGULAR = {
    "BATCH_MATMUL": "BatchMatMul",
    "CUMSUM": "CumSum",
    "PADV2": "PadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
}


def add_methods(operators):
    """Names of the resolver's methods that register these operators.

    Args:
        operators: TFLite names, such as "CONV_2D".

    Returns:
        List of names, such as "AddConv2D", in the same order.

    Raises:
        InputError: TFLite Micro lacks one of them.
    """
    lacking = [name for name in operators if name not in _OPERATORS]
    if lacking:
        raise InputError(
            "Expected operators that TFLite Micro has, but it lacks "
            f"{', '.join(lacking)}. Change the network so that it converts "
            "without."
        )
    return [f"Add{_IRREGULAR.get(name) or _camel(name)}" for name in operators]


def _camel(name):
    # Not `capitalize`: it would make the D of 2D small.
    return "".join(
        word if word == "2D" else word.capitalize() for word in name.split("_")
    )
