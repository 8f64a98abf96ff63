"""Versions of what a result depends on."""

import importlib.metadata
import platform

_PACKAGES = ("kdgan-tf", "tensorflow", "keras", "ai-edge-litert", "numpy")


def versions():
    """Versions by package name, Python's among them."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
