"""Names in a file of what stays in float, however many bits the rest has."""

FLOAT_SCOPE = "anomaly_distance"
INPUT_SCOPE = "normalization_input"


def stays_float(name):
    """Whether a tensor of this name is of the score, or scales the input."""
    return scope_of(name) is not None


def scope_of(name):
    """Which of the two scopes a tensor of this name is in, or `None`.

    An operator that several were fused into bears the names of all.
    """
    for part in name.split(";"):
        for scope in (FLOAT_SCOPE, INPUT_SCOPE):
            if part.startswith(scope):
                return scope
    return None
