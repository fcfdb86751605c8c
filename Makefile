# Two commands do everything: `make demo` opens a working college, `make test` passes the tests.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
UV = $(shell command -v uv || echo .tools/bin/uv)
PORT ?= 8000
export PYTHONDONTWRITEBYTECODE := 1

# The demo college is built once, beside the tests that need it; a folder of one's own may be named in SHOUWANG_TEST_COLLEGE.
COLLEGE = if [ -z "$${SHOUWANG_TEST_COLLEGE:-}" ]; then made=$$(mktemp -d); export SHOUWANG_TEST_COLLEGE=$$made/college; $(PY) -m tests.college $$made/college & builder=$$!; trap 'kill $$builder 2>/dev/null || true; rm -rf "$$made"' EXIT; fi
# What takes longest begins first, so that the two processes end together.
FIRST := tests/trial/test_postgres.py tests/trial/test_term.py tests/trial/test_schemathesis.py tests/trial/test_spark.py
# A product that is killed and must be back within thirty seconds gets the machine to itself.
LAST := tests/trial/test_kill_everything.py
# Stories in a real browser, on the whole demo college, take minutes: they belong to the long proofs.
STORIES := $(wildcard tests/browser/test_*.py)

.PHONY: help demo test check trial bench lock assets screens docs clean words browser postgres spark objects

help:  ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: .venv/demo assets words  ## set up the demo college and open it on http://localhost:8000
	SHOUWANG_DEMO=1 SHOUWANG_DATA=$${SHOUWANG_DATA:-data/demo} .venv/bin/shouwang demo --port $(PORT)

test: .venv/test assets words  ## the tests (no network, no clock; under ten minutes)
	$(PY) -m pytest -n 2 --dist loadfile tests --ignore tests/trial --ignore tests/browser

check: .venv/test assets  ## style, types, import contracts, migrations, generated pages, messages
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/shouwang makemigrations --check --dry-run
	.venv/bin/shouwang reference --check
	.venv/bin/shouwang messages --check

trial: .venv/test assets words browser postgres spark objects  ## the long proofs: kills, real data, the whole demo, stories in a browser
	$(COLLEGE)
	$(PY) -m pytest -q -rs -n 2 --dist loadfile --no-loadscope-reorder $(FIRST) $(filter-out $(FIRST) $(LAST),$(wildcard tests/trial/test_*.py)) $(STORIES) $(LAST)

bench: .venv/test .tools/bench/done  ## ratios in one run on this machine, written to docs/performance.md (one part: .venv/bin/python -m bench --only NAME)
	$(PY) -m bench

.tools/bench/done: requirements/bench.lock | .venv/bin/python
	$(UV) pip install -q --python $(PY) --target .tools/bench --require-hashes -r requirements/bench.lock
	touch $@

screens: .venv/test assets words browser  ## the browser stories, keeping their pictures in docs/screens
	SHOUWANG_SCREENS=1 $(PY) -m pytest -p no:xdist tests/browser

docs: .venv/test assets  ## write the generated reference pages
	.venv/bin/shouwang reference

lock: .tools/uv  ## pin every dependency by hash
	$(UV) pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements/demo.lock
	$(UV) pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml requirements/dev.in -o requirements/test.lock
	$(UV) pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements/bench.in -o requirements/bench.lock
	$(UV) pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements/objects.in -o requirements/objects.lock
	python3 -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' \
	| $(UV) pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header - -o requirements/spark.lock

clean:  ## remove what the other targets made
	rm -rf .venv .tools node_modules data shouwang/front/web/static/dist

# ---- set-up -------------------------------------------------------------------------------------------------------------
.tools/uv:
	@command -v uv >/dev/null && { mkdir -p .tools; touch $@; exit 0; }
	[ -x .tools/bin/uv ] || { python3 -m venv .tools && .tools/bin/pip install -q uv==0.13.9; }
	touch $@

.venv/bin/python: | .tools/uv
	$(UV) venv -q .venv --python python3

.venv/demo: requirements/demo.lock pyproject.toml | .venv/bin/python
	@if [ ! -e .venv/test ]; then $(UV) pip sync -q --python $(PY) --require-hashes requirements/demo.lock; \
	$(UV) pip install -q --python $(PY) --no-deps -e . ; fi
	touch $@

.venv/test: requirements/test.lock pyproject.toml | .venv/bin/python
	$(UV) pip sync -q --python $(PY) --require-hashes requirements/test.lock
	$(UV) pip install -q --python $(PY) --no-deps -e .
	touch $@ .venv/demo

# Node builds one script and one style sheet; where the machine has none, a wheel brings it.
NODE_WHEEL := .tools/lib/nodejs
assets: shouwang/front/web/static/dist/app.js
shouwang/front/web/static/dist/app.js: package.json package-lock.json $(shell find shouwang/front/web/assets -type f 2>/dev/null)
	@bash scripts/assets.sh

MO := shouwang/front/web/locale/en/LC_MESSAGES/django.mo
words: $(MO)
$(MO): shouwang/front/web/locale/en/LC_MESSAGES/django.po
	@$(PY) -c 'import polib; polib.pofile("$<").save_as_mofile("$@")'

browser:
	@bash scripts/browser.sh

postgres:
	@bash scripts/postgres.sh

spark: | .venv/bin/python  ## what evaluation on Spark needs: pyspark and Java
	@UV=$(UV) bash scripts/spark.sh

objects: | .venv/bin/python  ## a server that speaks the S3 API, for the trial of the object store
	@UV=$(UV) bash scripts/objects.sh
