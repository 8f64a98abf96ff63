# make train   environment, installation, the main job on embedded images
# make test    environment, installation, lint and tests
# make test-all  the same, with the tests marked slow
# All skip what is already done.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed

# Longest first, see tests/conftest.py, and a file in one worker: its tests
# share what they train.
PYTEST := $(VENV)/bin/python -m pytest -n 2 --dist loadfile \
	--no-loadscope-reorder --max-worker-restart 0 --durations 10

.PHONY: train test test-all lint clean

train: $(INSTALLED)
	$(VENV)/bin/python tools/train.py --flagfile=digits.flags

test: lint
	$(PYTEST)

test-all: lint
	$(PYTEST) -m ""

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

$(INSTALLED): setup.py requirements-runtime.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache
