"""Proof that a `.tflite` file gives the score of its model."""
