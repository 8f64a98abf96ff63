"""From a Keras student to a `.tflite` file and its sidecar."""
