#!/bin/sh
# Install SAErch Desktop from the folder this script lies in, or take it away again. Needs no root for ~/.local.
#
#   ./install.sh                     for you alone, in ~/.local
#   sudo ./install.sh --prefix /usr/local   for everybody
#   ./install.sh --uninstall [--prefix DIR] take it away; libraries, settings and logs stay
set -eu

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }

HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
PREFIX=${HOME:-/root}/.local
ACTION=install
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -ge 2 ] || fail "--prefix needs a folder."; PREFIX=$2; shift 2 ;;
        --prefix=*) PREFIX=${1#--prefix=}; shift ;;
        --uninstall) ACTION=uninstall; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; fail "Not understood: $1" ;;
    esac
done
case $PREFIX in
    /*) ;;
    *) PREFIX=$(pwd)/$PREFIX ;;
esac

PROGRAM=$PREFIX/lib/saerch-desktop
COMMAND=$PREFIX/bin/saerch-desktop
SHARE=$PREFIX/share
METAINFO=io.github.saerch_desktop.saerch_desktop.metainfo.xml

refresh() {
    # The menu finds new entries by itself; these only make it quicker, and need not be there.
    command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database -q "$SHARE/applications" || :
    command -v gtk-update-icon-cache >/dev/null 2>&1 && gtk-update-icon-cache -q -t "$SHARE/icons/hicolor" || :
}

remove_old() {
    rm -rf "$PROGRAM"
    # Only a link of ours: another program of this name stays.
    [ ! -L "$COMMAND" ] || rm -f "$COMMAND"
    rm -f "$SHARE/applications/saerch-desktop.desktop" "$SHARE/metainfo/$METAINFO"
    rm -f "$SHARE"/icons/hicolor/*/apps/saerch-desktop.png "$SHARE/icons/hicolor/scalable/apps/saerch-desktop.svg"
}

if [ "$ACTION" = uninstall ]; then
    [ -d "$PROGRAM" ] || fail "SAErch Desktop is not installed in $PREFIX."
    remove_old
    refresh
    say "SAErch Desktop was taken away from $PREFIX. Your libraries, settings and logs are untouched."
    exit 0
fi

[ -x "$HERE/saerch-desktop/saerch-desktop" ] || fail "The program is not beside this script: unpack the whole archive."
if [ -e "$COMMAND" ] && [ ! -L "$COMMAND" ]; then
    fail "$COMMAND is another program. Move it away, or choose another --prefix."
fi
mkdir -p "$PREFIX/lib" "$PREFIX/bin" "$SHARE/applications" "$SHARE/metainfo" ||
    fail "$PREFIX cannot be written to. Choose another --prefix, or use sudo."
# The new one is whole before the old one goes.
NEW=$PROGRAM.new.$$
trap 'rm -rf "$NEW"' EXIT
cp -R "$HERE/saerch-desktop" "$NEW"
chmod -R u+rwX,go+rX,go-w "$NEW"
remove_old
mv "$NEW" "$PROGRAM"
trap - EXIT
ln -s "../lib/saerch-desktop/saerch-desktop" "$COMMAND"
cp -R "$HERE/share/." "$SHARE/"
# A menu need not have our bin folder on its PATH. Inside quotes Exec escapes \ ` " and $, and doubles %.
QUOTED=$(printf '%s' "$COMMAND" | sed -e 's/[\\`"$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g' -e 's/[&|\\]/\\&/g')
sed "s|^Exec=saerch-desktop|Exec=\"$QUOTED\"|" "$HERE/share/applications/saerch-desktop.desktop" \
    > "$SHARE/applications/saerch-desktop.desktop"
refresh
say "SAErch Desktop is in $PROGRAM; it is in the menu of your desktop, and its command is"
say "    $COMMAND"
case ":${PATH:-}:" in
    *":$PREFIX/bin:"*) ;;
    *) say "$PREFIX/bin is not on your PATH: give the whole path, or add it." ;;
esac
