"""Names in a file of what stays in float, however many bits the rest has."""

FLOAT_SCOPE = "anomaly_distance"
INPUT_SCOPE = "normalization_input"
# Of layers in 8 bits whose values are in [-1, 1] for what is normal.
UNIT_SCOPE = "principal_components"


def stays_float(name):
    """Whether a tensor of this name is of the score, or scales the input."""
    return scope_of(name) is not None


def in_unit_range(name):
    """Whether a tensor of this name is known to be in [-1, 1]."""
    return name.split(";")[0].startswith(UNIT_SCOPE)


def scope_of(name):
    """Which of the two scopes a tensor of this name is in, or `None`.

    An operator that several were fused into bears the names of all.
    """
    for part in name.split(";"):
        for scope in (FLOAT_SCOPE, INPUT_SCOPE):
            if part.startswith(scope):
                return scope
    return None
