# Two commands, nothing before them: `make run` serves the blog, `make test` runs the
# tests. Both make their own .venv the first time, and see to it after setup.cfg changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check lint types coverage package clean
.PHONY: test-lowest test-newest test-sqlalchemy20 neighbours

# Another Python than the first that fits: make test PYTHON=python3.13
PYTHON ?=
# What pytest is told: make test ARGS="-k paginator"
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME

PY := .venv/bin/python
# A process a core; the tests of one file stay together, for they share a browser or worker.
PARALLEL := -n auto --dist loadfile
DECLARED := setup.cfg pyproject.toml
SOURCES := $(shell find cbv example_app tests docs README.md LICENSE -type f \
	! -name '*.pyc' ! -name '* *' 2>/dev/null)

help:
	@echo 'make run      serve the example blog, filled, on a free port from 5000 up'
	@echo 'make test     run the tests (some of them: ARGS="-k name")'
	@echo 'make check    what a change must pass besides: lint, types, coverage, package,'
	@echo '              test-lowest; each is a target of its own'
	@echo 'make test-newest, test-sqlalchemy20    the tests with other versions'
	@echo 'make neighbours    the tests beside other extensions, in .venv-neighbours; with'
	@echo '              FLASK=path, WERKZEUG=path or FLASK_LOGIN=path, with those versions'
	@echo 'make clean    remove all that these commands made but the databases'

run: .venv/.run
	@exec $(PY) -m example_app

test: .venv/.dev
	$(PY) -m pytest $(if $(ARGS),$(ARGS),$(PARALLEL) --cov --cov-report=)
	@$(if $(ARGS),,touch .venv/.tested)

check: lint types coverage package test-lowest
	@echo 'All checks passed.'

clean:
	rm -rf .venv .venv-* build dist .coverage .mypy_cache .ruff_cache .pytest_cache
	rm -rf flask_cbv.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

# --- the environment ------------------------------------------------------------------

# Looked for once, and only when an environment must be made.
found = $(eval found := $$(shell sh .ci/find-python $$(PYTHON)))$(found)
python = $(if $(filter error:,$(found)),$(error $(strip $(found:error:%=%))),$(found))

# Keep an environment that works: pip changes only what setup.cfg changed. Dependency
# groups (PEP 735) want a newer pip than Python 3.11 brings.
# A plain path in a .pth file: type checkers and editors follow it, but no import hook.
EDITABLE := --config-settings editable_mode=compat

define make_venv
@$(1)/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null || '$(python)' -m venv --clear $(1)
@$(1)/bin/python -m pip install -qq --upgrade 'pip>=25.1'
endef

.venv/.run: $(DECLARED)
	$(call make_venv,.venv)
	@echo 'Installing into .venv ...'
	@$(PY) -m pip install -qq --editable . $(EDITABLE) --group example
	@touch $@

.venv/.dev: $(DECLARED)
	$(call make_venv,.venv)
	@echo 'Installing into .venv; the first time takes half a minute ...'
	@$(PY) -m pip install -qq --editable . $(EDITABLE) --group dev
	@touch .venv/.run $@

# --- make check -----------------------------------------------------------------------

lint: .venv/.dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: .venv/.dev
	$(PY) -m mypy

# What `make test` measured, if nothing has changed since.
coverage: .venv/.tested
	$(PY) -m coverage report --fail-under=98

.venv/.tested: $(SOURCES) .venv/.dev
	@$(MAKE) --no-print-directory test ARGS=

# Wheel and sdist, each imported where only what it declares is installed.
package: .venv/.packaged

.venv/.packaged: $(SOURCES) .venv/.dev
	$(PY) -m pytest -m packaging tests/test_packaging.py
	@touch $@

# --- the tests with other versions ----------------------------------------------------

# What the example needs is not the library's to say: `make test` alone tests it.
OTHER := -p no:cacheprovider --ignore=tests/example $(PARALLEL) $(ARGS)

# The lowest versions that setup.cfg allows; SQLAlchemy is 2.0 then, 2.1 in `make test`.
test-lowest: .venv-lowest/.installed
	.venv-lowest/bin/python -m pytest $(OTHER)

.venv-lowest/.installed: $(DECLARED) .ci/lowest.py
	$(call make_venv,.venv-lowest)
	@echo 'Installing the lowest versions into .venv-lowest ...'
	@.venv-lowest/bin/python .ci/lowest.py > .venv-lowest/constraints.txt
	@.venv-lowest/bin/python -m pip install -qq --editable . $(EDITABLE) --group test \
		--constraint .venv-lowest/constraints.txt
	@touch $@

test-newest:
	$(call make_venv,.venv-newest)
	.venv-newest/bin/python -m pip install -qq --upgrade --upgrade-strategy eager \
		--editable . $(EDITABLE) --group test
	.venv-newest/bin/python -m pytest $(OTHER)

test-sqlalchemy20:
	$(call make_venv,.venv-sqlalchemy20)
	.venv-sqlalchemy20/bin/python -m pip install -qq --editable . $(EDITABLE) --group test \
		'sqlalchemy<2.1'
	.venv-sqlalchemy20/bin/python -m pytest $(OTHER)

# --- the tests beside other extensions ------------------------------------------------

# Each neighbour in a small application of its own. Checkouts that are named by a path
# are put before what is installed, and only for this run.
GIVEN := $(FLASK) $(WERKZEUG) $(FLASK_LOGIN)
GIVEN_TO := .venv-neighbours/given

neighbours: .venv-neighbours/.installed
	@rm -rf $(GIVEN_TO)
	$(if $(strip $(GIVEN)),.venv-neighbours/bin/python -m pip install -qq --no-deps \
		--target $(GIVEN_TO) $(GIVEN))
	PYTHONPATH=$(CURDIR)/$(GIVEN_TO) .venv-neighbours/bin/python -m pytest \
		tests/neighbours $(ARGS)

.venv-neighbours/.installed: $(DECLARED)
	$(call make_venv,.venv-neighbours)
	@echo 'Installing into .venv-neighbours ...'
	@.venv-neighbours/bin/python -m pip install -qq --editable . $(EDITABLE) \
		--group neighbours
	@touch $@
