# `make outlook` and `make test` are all that a new user needs; everything else helps development.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CASE ?= cases/iraq-us

.DEFAULT_GOAL := help
.PHONY: help outlook app test check unit quick conformance browser bench validate docs site scoreboard clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

outlook: $(VENV)/ready ## set up, run the main job on the Iraq–US case, write outlook.html
	$(BIN)/wherenow outlook $(CASE) --out outlook.html

app: $(VENV)/ready-web ## open the app on the Iraq–US case
	$(BIN)/wherenow serve $(CASE)

test: check unit ## set up, check style, types and layers, run all tests

check: $(VENV)/ready-dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/ready-dev browser
	$(BIN)/pytest -n auto --dist worksteal -m "not slow"

conformance: $(VENV)/ready-dev ## run the system-dynamics conformance corpus, if ../shared is there
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python ../shared/tools/conformance.py

bench: $(VENV)/ready-dev ## measure against peers; writes benchmarks/results.json and docs/performance.md
	$(BIN)/python -m benchmarks.run

validate: $(VENV)/ready-dev ## the long statistical checks
	$(BIN)/pytest -n auto -m slow
	$(BIN)/python -m benchmarks.reliability

docs: $(VENV)/ready-dev ## regenerate the pages and pictures made from code and cases
	$(BIN)/python docs/functions.py docs/functions.md
	$(BIN)/python docs/iraq-us/figures.py
	$(BIN)/python docs/iraq-us/model.py
	$(BIN)/wherenow why cases/iraq-us --all --out docs/iraq-us/why-table.md --figures docs/images/why
	$(BIN)/python docs/images/screenshots.py
	$(BIN)/python docs/images/tutorial.py

scoreboard: $(VENV)/ready ## score the forecasts of all included cases anew; writes docs/scoreboard.md
	$(BIN)/python -m benchmarks.scoreboard docs/scoreboard.md docs/gallery/lessons.csv
	$(BIN)/python docs/gallery/scores.py
	$(BIN)/python docs/gallery/figures.py

site: $(VENV)/ready-site ## build the documentation as a site in build/site; links between pages are checked
	$(BIN)/sphinx-build -W --keep-going -q -b html -c docs/site docs build/site
	@echo build/site/index.html

quick: $(VENV)/ready-dev ## test the packages that differ from main, in under a minute (or PACKAGES="claims explain")
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/quick.py $(PACKAGES)

browser: ## Debian's Chromium for the browser tests, where it is missing and can be installed
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get -qq update && apt-get -qq install -y chromium >/dev/null; } \
	  || echo "no Chromium: browser tests will be skipped"

# What each target needs and no more: the product alone installs in a third of the time that it takes with test tools,
# browsers and peers. Bytecode is left to the first import, which compiles what is imported.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/ready-web: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[web]'
	touch $@ $(VENV)/ready

$(VENV)/ready-site: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[site]'
	touch $@ $(VENV)/ready

$(VENV)/ready-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	touch $@ $(VENV)/ready $(VENV)/ready-web $(VENV)/ready-site

clean: ## remove what was built
	rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis outlook.html
