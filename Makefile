# make train   environment, installation, the main job on embedded images
# make test    environment, installation, lint and tests
# Both skip what is already done.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed

.PHONY: train test lint clean

train: $(INSTALLED)
	$(VENV)/bin/python tools/train.py --flagfile=digits.flags

test: lint
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --max-worker-restart 0

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

$(INSTALLED): setup.py
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache
