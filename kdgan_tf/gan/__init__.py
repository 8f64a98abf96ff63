"""The encoder-decoder-encoder GAN and its anomaly score."""
