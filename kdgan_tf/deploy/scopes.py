"""Names in a file of what stays in float, however many bits the rest has."""

FLOAT_SCOPE = "anomaly_distance"
INPUT_SCOPE = "normalization_input"


def stays_float(name):
    """Whether a tensor of this name is of the score, or scales the input.

    An operator that several were fused into bears the names of all.
    """
    return any(
        part.startswith((FLOAT_SCOPE, INPUT_SCOPE)) for part in name.split(";")
    )
