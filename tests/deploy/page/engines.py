"""Where a page's JavaScript runs: in a browser, or in V8 by itself."""

import base64
import json
import re
import shutil
import subprocess

import numpy as np
from py_mini_racer import MiniRacer

from kdgan_tf.deploy.page.writer import engine

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_SCORES = """
globalThis.scoresOf = (detector, text) => {
  const pixels = fromBase64(text);
  const size = detector.interpreter.model.input.size;
  const scores = [];
  for (let at = 0; at < pixels.length; at += size) {
    scores.push(detector.score(pixels.subarray(at, at + size)));
  }
  return JSON.stringify(scores);
};
"""


def bare():
    """V8 with the interpreter loaded, and no page."""
    racer = MiniRacer()
    racer.eval(engine() + _SCORES)
    return racer


def text_of(page, name):
    """What stands in a page's script of that id."""
    pattern = rf'<script[^>]* id="{name}">\n?(.*?)</script>'
    return re.search(pattern, page, re.DOTALL)[1]


def in_v8(path):
    """V8 with `detector` made as the page at `path` makes it."""
    page = path.read_text(encoding="utf-8")
    racer = MiniRacer()
    racer.eval(text_of(page, "engine") + _SCORES)
    racer.eval(
        f"var sidecar = {text_of(page, 'sidecar')};"
        f"var text = {json.dumps(text_of(page, 'model'))};"
        "var detector = new Detector(unpackedModel(text, sidecar), sidecar);"
    )
    return racer


def scores_in_v8(path, images):
    """Scores (n,) of images (n, side, side, c) by the script of a page."""
    found = in_v8(path).eval(f"scoresOf(detector, {_encoded(images)})")
    return np.array(json.loads(found), np.float32)


def _encoded(images):
    pixels = np.ascontiguousarray(images, np.uint8).tobytes()
    return json.dumps(base64.b64encode(pixels).decode("ascii"))


def opened(path, folder, script="", dark=False):
    """Open a page in headless Chromium from its file.

    Args:
        path: The page.
        folder: An empty folder for the browser's own files.
        script: JavaScript to run after the page's own.
        dark: Whether to ask for the dark scheme.

    Returns:
        (the document afterwards as HTML, lines that went to the console).
    """
    copy = folder / "page.html"
    page = path.read_text(encoding="utf-8")
    if script:
        page = page.replace("</body>", f"<script>{script}</script></body>")
    copy.write_text(page, encoding="utf-8")
    finished = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu"),
            *("--enable-logging=stderr", "--disable-dev-shm-usage"),
            *(f"--user-data-dir={folder}", "--virtual-time-budget=100000"),
            *(["--force-dark-mode"] if dark else []),
            *("--dump-dom", copy.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    console = [
        line for line in finished.stderr.splitlines() if "CONSOLE" in line
    ]
    return finished.stdout, console


def scores_in_chromium(path, images, folder):
    """As `scores_in_v8`, by the page itself."""
    script = (
        f"{_SCORES} const found = document.createElement('pre');"
        "found.id = 'found'; const known = JSON.parse("
        "document.getElementById('sidecar').textContent); const model = "
        "unpackedModel(document.getElementById('model').textContent, known);"
        "found.textContent = scoresOf(new Detector(model, known), "
        f"{_encoded(images)}); document.body.append(found);"
    )
    document, console = opened(path, folder, script)
    assert not console, console
    found = re.search(r'<pre id="found">(.*?)</pre>', document)[1]
    return np.array(json.loads(found), np.float32)
