"""TFLite Micro: its runtime, its arena, and C++ sources for it."""
