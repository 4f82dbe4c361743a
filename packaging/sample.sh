#!/bin/sh
# Install what is missing and open the window on the built-in sample. Without a display: build the sample,
# show a steered search in the terminal and write pictures of the window to ./screenshots.
set -eu
cd "$(dirname "$0")/.."
SAERCH_EXTRAS=""
. packaging/setup.sh

if [ "$(uname -s)" = Darwin ] || [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
    exec "$VENV/bin/python" main.py --sample "$@"
fi
say "There is no display: building the sample here in the terminal."
LIBRARY=$("$VENV/bin/python" -c 'from saerch_desktop.paths import sample_library; print(sample_library())')
"$VENV/bin/saerch-desktop" sample --library "$LIBRARY"
QT_QPA_PLATFORM=offscreen "$VENV/bin/saerch-desktop" screenshots --library "$LIBRARY" --out screenshots
say "Pictures of the window are in $(pwd)/screenshots."
