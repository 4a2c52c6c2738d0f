# Tideline. `make` alone lists the targets. Everything happens in $(VENV), which `make install` fills from the lock.

VENV   ?= .venv
PYTHON ?= python3.11
# One more than the cores of a small machine: tests also wait for servers and for other processes.
JOBS   ?= 3
DEMO   ?= demo

CHROMIUM := /usr/bin/chromium

BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
SUPERSET := $(VENV)-superset
# Dagster's history, one for each configuration: that of the demo, and those of other files and variables.
OTHER   := $(strip $(abspath $(TIDELINE_CONFIG)) $(TIDELINE_LAKE) $(TIDELINE_WAREHOUSE) $(wildcard tideline.toml))
DAGSTER := $(CURDIR)/.dagster$(if $(OTHER),/$(shell printf '%s' '$(OTHER)' | cksum | cut -d ' ' -f 1))
# dagster-dbt asks for sqlglot[rs], which warns where sqlglot is in $(VENV) and its faster parts are in that of dbt: it works without.
DEV     := PYTHONWARNINGS='ignore:Function `dev_command` is superseded,ignore:sqlglot[rs] is deprecated' DAGSTER_HOME=$(DAGSTER)
BEGIN   := mkdir -p $(DAGSTER) && cp deploy/dagster-dev.yaml $(DAGSTER)/dagster.yaml && \
           { test -e $(DAGSTER)/history/runs.db || DAGSTER_HOME=$(DAGSTER) $(BIN)/python -m event_assets.defs.instance.run_history; }
LOCK  := $(BIN)/python -m piptools compile --generate-hashes --allow-unsafe --no-strip-extras --quiet \
         --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help install demo demo-late demo-forget demo-cluster dev dev-dbt check format test test-slow test-snowflake test-all test-warehouse explore explore-kills browser browser-dagster browser-dbt browser-superset bench \
        bench-quick bench-small bench-hours bench-loads bench-hour bench-compare bench-erasure bench-dagster bench-tables bench-warehouses docs docs-pictures docs-reference lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(STAMP) ## make the environment from the lock (only when the lock has changed)

$(STAMP): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing $$(grep -c '==' requirements-dev.lock) pinned packages into $(VENV). The first time takes a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(STAMP) ## write a dirty archive into demo/, load it, show the tables
	$(BIN)/tideline demo --folder $(DEMO)

demo-late: $(STAMP) ## load a week, let things come late, show that just the right days change (demo-late/)
	$(BIN)/python -m tests.late.demonstrate --folder demo-late

demo-forget: $(STAMP) ## erase a person from a loaded week, bring late events of theirs, prove that they stay away (demo-forget/)
	$(BIN)/python -m tests.pipeline.erasure.demonstrate --folder demo-forget

demo-cluster: $(STAMP) ## load hours by two Celery workers, kill one, show that nothing changes (demo-cluster/)
	$(BIN)/python -m tests.cluster.demonstrate --folder demo-cluster

dev: $(STAMP) ## open Dagster's UI on the demo archive (or on TIDELINE_CONFIG), at PORT (3000)
	@$(BEGIN)
	$(DEV) $(BIN)/dagster dev -w workspace.yaml $(if $(PORT),-p $(PORT))

dev-dbt: $(VENV)-dbt/.installed ## the same with the dbt models of examples/dbt, in one graph
	@$(BEGIN)
	$(DEV) PATH="$(abspath $(VENV)-dbt)/bin:$$PATH" python -m dagster dev -f examples/dbt/definitions.py $(if $(PORT),-p $(PORT))

check: $(STAMP) ## ruff, mypy, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## let ruff write the code as `check` wants it
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

test: $(STAMP) ## every test but the slow ones
	$(BIN)/pytest -n $(JOBS) -m "not slow"

test-slow: $(STAMP).bench $(STAMP).clickhouse $(STAMP).iceberg $(VENV)-dbt/.installed ## the slow tests only, those of the benchmarks' jobs and of dbt among them
	$(BIN)/pytest -n $(JOBS) -m slow

test-snowflake: $(VENV)-snowflake/.installed ## what runs on Snowflake's emulator, in an environment of its own
	$(VENV)-snowflake/bin/python -m pytest -n $(JOBS) -W "ignore:Arrow output" -k snowflake tests/loaders tests/pipeline

test-all: test test-slow test-snowflake $(if $(wildcard $(CHROMIUM)),browser) ## every test, the browser's too where Debian's Chromium is

test-warehouse: $(STAMP) ## what every warehouse must do, on a server that you have: URL=postgresql://user@host:5432/postgres
	$(if $(URL),,$(error Give the server, of a role that may create databases: make test-warehouse URL=postgresql://user@host:5432/postgres))
	@TEST_WAREHOUSE='$(URL)' $(BIN)/pytest -n $(JOBS) -k postgresql

explore: $(STAMP) ## look for a dirty archive that breaks a promise among EXPLORE new ones (500)
	EXPLORE=$(or $(EXPLORE),500) $(BIN)/pytest tests/promises/test_dirty_lines.py -k many

explore-kills: $(STAMP) ## kill loads, erasures and replays in every state that a kill can leave, and complete them (an hour or two)
	KILL_EVERY=1 $(BIN)/pytest tests/loaders/load/test_crash.py -k many
	KILL_EVERY=1 $(BIN)/pytest -s tests/pipeline/erasure/test_killed.py tests/pipeline/quarantine/test_killed.py -k "not bucket"
	KILL_EVERY=10 $(BIN)/pytest -s tests/pipeline/erasure/test_killed.py -k bucket

browser: $(STAMP) $(VENV)-dbt/.installed $(SUPERSET)/.installed ## use Dagster's UI, dbt and Superset in Chromium; SCREENSHOTS=folder keeps pictures
	$(MAKE) -j 2 browser-dagster browser-dbt browser-superset

browser-dagster: $(STAMP) ## of these, Dagster's UI alone
	$(BIN)/python -m tests.browser.open_ui $(if $(SCREENSHOTS),--screenshots $(SCREENSHOTS))

browser-dbt: $(VENV)-dbt/.installed ## dbt alone
	$(BIN)/python -m tests.browser.open_dbt $(if $(SCREENSHOTS),--screenshots $(SCREENSHOTS))

browser-superset: $(SUPERSET)/.installed ## Superset alone
	$(BIN)/python -m tests.browser.open_superset --superset $(SUPERSET) $(if $(SCREENSHOTS),--screenshots $(SCREENSHOTS))

$(SUPERSET)/.installed: examples/superset/requirements.lock
	test -x $(SUPERSET)/bin/python || $(PYTHON) -m venv $(SUPERSET)
	$(SUPERSET)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

bench: $(STAMP).bench ## measure speed and memory on generated events, beside a floor, DuckDB, polars, dlt and a bare COPY
	$(BIN)/python -m benchmarks.run --runs $(or $(RUNS),3) --picture docs/speed.svg
	$(BIN)/python -m benchmarks.small --only hour growth

bench-quick: $(STAMP).bench ## a look of two minutes at the same, on small archives
	$(BIN)/python -m benchmarks.run --quick

bench-small: $(STAMP).bench ## measure an hour of 500 events, 100 late rows into a table of 20 million, and the 100th load
	$(BIN)/python -m benchmarks.small

bench-hours: $(STAMP).bench ## measure 72 hours of 2,900 events and 24 of 42,000, each beside one hour of the same events
	$(BIN)/python -m benchmarks.run --only whole whole:hours whole:small-hours whole:small-hour

bench-loads: $(STAMP).bench ## measure loads beside the bare copy of the same rows, and a late batch as the table grows
	$(BIN)/python -m benchmarks.load

bench-hour: $(STAMP).bench ## measure an hour of 10 GB in bounded memory beside one of 1 GB
	$(BIN)/python -m benchmarks.big_hour

bench-compare: $(STAMP).bench ## measure the comparison of two schemas: equal, one day that differs, a difference in most rows
	$(BIN)/python -m benchmarks.compare

bench-erasure: $(STAMP).bench ## measure erasures of persons by their hours and by the size of the warehouse, and audits
	$(BIN)/python -m benchmarks.erasure

bench-dagster: $(STAMP).bench ## measure what Dagster adds: a backfill, the start of a run, the sensor's ticks
	$(BIN)/python -m benchmarks.dagster

bench-tables: $(STAMP).bench ## measure definitions, ticks and the catalog page with 500 event tables of three sources and 90 days
	$(BIN)/python -m benchmarks.many_tables

bench-warehouses: $(STAMP).bench $(STAMP).clickhouse ## measure the same loads in every warehouse: statements, bytes, CPU beside DuckDB
	$(BIN)/python -m benchmarks.warehouses

$(STAMP).bench: $(STAMP) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@

# dbt needs another version of a package of the tests: it has an environment of its own, over the first one.
$(VENV)-dbt/.installed: $(STAMP) requirements-dbt.lock
	test -x $(VENV)-dbt/bin/python || $(PYTHON) -m venv $(VENV)-dbt
	echo "import site; site.addsitedir('$(abspath $(VENV))/lib/$(PYTHON)/site-packages')" \
	    > $(VENV)-dbt/lib/$(PYTHON)/site-packages/tideline.pth
	$(VENV)-dbt/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dbt.lock
	touch $@

# The emulator needs another DuckDB, and an older connector than snowflake-sqlalchemy asks for, which works with it.
$(VENV)-snowflake/.installed: $(STAMP) requirements-snowflake.lock
	test -x $(VENV)-snowflake/bin/python || $(PYTHON) -m venv $(VENV)-snowflake
	echo "import site; site.addsitedir('$(abspath $(VENV))/lib/$(PYTHON)/site-packages')" \
	    > $(VENV)-snowflake/lib/$(PYTHON)/site-packages/tideline.pth
	$(VENV)-snowflake/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-snowflake.lock
	touch $@

docs: $(STAMP).docs ## build the documentation as a site into build/docs/site; a broken link fails
	$(BIN)/python -m tests.docs.build_site

# chdb asks for pandas, which it uses for data frames alone: without it the tests run as where it is not installed.
$(STAMP).clickhouse: $(STAMP) requirements-clickhouse.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-clickhouse.lock
	touch $@

$(STAMP).iceberg: $(STAMP) requirements-iceberg.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-iceberg.lock
	touch $@

$(STAMP).docs: $(STAMP) requirements-docs.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	touch $@

docs-pictures: ## take the pictures of the documentation again, in the browser
	$(MAKE) browser SCREENSHOTS=build/pictures
	cd docs/screenshots && for picture in *.png; do cp ../../build/pictures/$$picture .; done

docs-reference: $(STAMP) ## write the reference of settings in docs/configuration.md from their declarations
	$(BIN)/python -m event_assets.config.description.reference

lock: ## write the locks again from pyproject.toml (needs pip-tools in the environment)
	$(LOCK) -o requirements.lock pyproject.toml
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(LOCK) --extra bench -c requirements-dev.lock -o requirements-bench.lock pyproject.toml
	$(LOCK) --no-allow-unsafe --unsafe-package pandas --extra clickhouse -c requirements-dev.lock -o requirements-clickhouse.lock pyproject.toml
	$(LOCK) --extra iceberg --extra iceberg-server -c requirements-dev.lock -o requirements-iceberg.lock pyproject.toml
	$(LOCK) --extra docs -c requirements-dev.lock -o requirements-docs.lock pyproject.toml
	$(LOCK) -o examples/superset/requirements.lock examples/superset/requirements.in
	$(LOCK) --extra dbt -c requirements.lock -o requirements-dbt.lock pyproject.toml
