#!/bin/sh
# Make the disk image that Mac users download: sh packaging/macos/dmg.sh "dist/SAErch Desktop.app" OUT
# Called by packaging/build.sh on a Mac. Read from the environment, all optional; without them the image is not signed
# and Gatekeeper asks the user to confirm:
#
#   SAERCH_SIGN_IDENTITY    "Developer ID Application: NAME (TEAM)", as `security find-identity -v -p codesigning` lists
#   SAERCH_NOTARY_PROFILE   name under which `xcrun notarytool store-credentials` keeps Apple's credentials
#   SAERCH_NOTARY_KEYCHAIN  the keychain that it lies in, when not the login one
set -eu
APP=$1
OUT=$2
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ -d "$APP" ] || { echo "There is no $APP." >&2; exit 1; }
VERSION=$(/usr/libexec/PlistBuddy -c "Print :CFBundleShortVersionString" "$APP/Contents/Info.plist")
IMAGE=$OUT/saerch-desktop-$VERSION-macos-$(uname -m).dmg
mkdir -p "$OUT"

if [ -n "${SAERCH_SIGN_IDENTITY:-}" ]; then
    # PyInstaller has signed the parts with the same identity; the whole is sealed again after anything was changed.
    codesign --force --options runtime --timestamp --entitlements "$HERE/entitlements.plist" \
        --sign "$SAERCH_SIGN_IDENTITY" "$APP"
    codesign --verify --deep --strict --verbose=1 "$APP"
fi

# The program tries itself before it is packed.
"$APP/Contents/MacOS/saerch-desktop" selftest

STAGING=$(mktemp -d)
trap 'rm -rf "$STAGING"' EXIT
ditto "$APP" "$STAGING/SAErch Desktop.app"
ln -s /Applications "$STAGING/Applications"
rm -f "$IMAGE"
hdiutil create -volname "SAErch Desktop $VERSION" -srcfolder "$STAGING" -fs HFS+ -format ULFO -ov "$IMAGE"

if [ -n "${SAERCH_SIGN_IDENTITY:-}" ]; then
    codesign --force --timestamp --sign "$SAERCH_SIGN_IDENTITY" "$IMAGE"
fi
if [ -n "${SAERCH_NOTARY_PROFILE:-}" ]; then
    [ -n "${SAERCH_SIGN_IDENTITY:-}" ] || { echo "Apple notarises only what is signed: set SAERCH_SIGN_IDENTITY." >&2; exit 1; }
    set -- --keychain-profile "$SAERCH_NOTARY_PROFILE"
    [ -z "${SAERCH_NOTARY_KEYCHAIN:-}" ] || set -- "$@" --keychain "$SAERCH_NOTARY_KEYCHAIN"
    xcrun notarytool submit "$IMAGE" "$@" --wait
    xcrun stapler staple "$IMAGE"
    xcrun stapler validate "$IMAGE"
    spctl --assess --type open --context context:primary-signature --verbose=1 "$IMAGE"
fi
echo "$IMAGE"
