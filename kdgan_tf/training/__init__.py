"""Training of one phase: schedule, checkpoints, health, devices."""
