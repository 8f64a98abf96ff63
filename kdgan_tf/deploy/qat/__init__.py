"""Quantisation-aware training, by way of tf_keras and tfmot."""
