"""Public names that are imported when somebody asks for them (PEP 562)."""

import importlib


def exported(package, homes):
    """`__getattr__` and `__dir__` for a package's `__init__.py`.

    Args:
        package: The package's `__name__`.
        homes: Dict of the modules that hold public names, by name. A name
            whose module ends in it is the module itself.

    Returns:
        (`__getattr__`, `__dir__`).
    """

    def getattribute(name):
        if name not in homes:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}"
            )
        try:
            module = importlib.import_module(homes[name])
        except ModuleNotFoundError as error:
            raise _explained(error, f"{package}.{name}") from error
        is_module = homes[name].rpartition(".")[2] == name
        return module if is_module else getattr(module, name)

    return getattribute, lambda: sorted(homes)


def _explained(error, name):
    missing = (error.name or "").partition(".")[0]
    if missing in ("", "kdgan_tf"):
        return error
    return ModuleNotFoundError(
        f"Expected the package {missing} for {name}, found none. Install all "
        "that this package needs (pip install .); with those of "
        "requirements-runtime.txt alone there is kdgan_tf.Scorer.",
        name=error.name,
    )
