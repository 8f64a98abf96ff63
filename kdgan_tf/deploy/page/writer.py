"""Writes `demo.html`: a model, its sidecar and an interpreter in one page."""

import base64
import zlib
from pathlib import Path

from kdgan_tf.deploy.page.templating import small, style, template
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import read_json, write_text
from kdgan_tf.runtime.interpreter import read_model
from kdgan_tf.runtime.sidecar import Sidecar

_FOLDER = Path(__file__).parent
# Of a page's script, in the order in which one part needs the other.
_ENGINE = (
    *("flatbuffer", "model", "rounding", "convolutions", "elementwise"),
    *("reductions", "layouts", "interpreter", "preprocessing", "inflate"),
    "detector",
)
_VIEW = ("pictures", "histogram", "drawing", "page")


def write_page(model, path):
    """Write a page that scores images with a `.tflite` file.

    The page holds everything it needs, loads nothing and works from a file.
    It tests itself with the sidecar's golden vectors before it scores.

    Args:
        model: The `.tflite` file; its sidecar lies beside it.
        path: Where the page goes, `demo.html` by custom.

    Raises:
        InputError: The model or the sidecar cannot be read, they do not
            belong together, or the page cannot be written.
    """
    model, path = Path(model), Path(path)
    if path.suffix != ".html":
        raise InputError(
            f"Expected a page that ends in .html. Received: {path}."
        )
    data = read_model(model)
    sidecar = Sidecar.read(Sidecar.path_for(model))
    sidecar.check_model(data, model)
    write_text(path, _render(data, sidecar, Sidecar.path_for(model)))


def deflated(data):
    """Bytes as the page's `inflated` takes them (RFC 1951)."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def engine():
    """The interpreter's JavaScript: no page, no network, no files."""
    return _joined("engine", _ENGINE)


def _joined(folder, names):
    return "\n".join(
        small((_FOLDER / folder / f"{name}.js").read_text(encoding="utf-8"))
        for name in names
    )


def _render(data, sidecar, sidecar_path):
    size = sidecar.input.preprocessing
    trained_on = subject(sidecar.dataset, sidecar.normal_class)
    return template(_FOLDER, "page.html").render(
        title=f"Anomaly detector: {trained_on}",
        subtitle=f"{sidecar.quantization}, {len(data):,} bytes, images of "
        f"{size.side}x{size.side} pixels.",
        preprocessing=sidecar.input.preprocessing_words,
        footer="Score: " + sidecar.score_definition + ". Model "
        f"{sidecar.model_sha256[:12]}, kdgan-tf "
        f"{sidecar.versions.get('kdgan-tf', 'of unknown version')}.",
        style=style(_FOLDER / "page.css"),
        # As it lies beside the model, also what this version does not know.
        sidecar=read_json(sidecar_path),
        model=base64.b64encode(deflated(data)).decode("ascii"),
        engine=engine(),
        view=_joined("view", _VIEW),
    )


def subject(dataset, normal_class):
    """What a detector was trained on, in words."""
    name = dataset or "images of unknown origin"
    if name == "folder":
        return "a folder of photographs"
    return name if normal_class is None else f"{name}, class {normal_class}"
