"""Names in a file of what stays in float, however many bits the rest has."""

FLOAT_SCOPE = "anomaly_distance"
INPUT_SCOPE = "normalization_input"


def stays_float(name):
    """Is a tensor of this name part of the score, or of the input's scaling?"""
    return name.startswith((FLOAT_SCOPE, INPUT_SCOPE))
