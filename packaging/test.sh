#!/bin/sh
# Install what is missing and pass the tests, two files at a time. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
SAERCH_EXTRAS="test"
. packaging/setup.sh

QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
# Two processes that each take all cores for small products get in each other's way: a quarter of the time.
OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
export QT_QPA_PLATFORM OMP_NUM_THREADS
exec "$VENV/bin/python" -m pytest -n 2 --dist loadfile "$@"
