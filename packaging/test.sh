#!/bin/sh
# Install what is missing and pass the tests, two files at a time. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
SAERCH_EXTRAS="test"
. packaging/setup.sh

QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
export QT_QPA_PLATFORM
exec "$VENV/bin/python" -m pytest -n 2 --dist loadfile "$@"
