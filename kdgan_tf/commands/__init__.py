"""The commands: flags in, library call, results out."""
