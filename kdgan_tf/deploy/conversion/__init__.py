"""From a Keras student to a `.tflite` file and its sidecar."""

RECIPES = ("float32", "float16", "dynamic", "int8", "qat_int8")
