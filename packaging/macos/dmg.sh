#!/bin/sh
# Makes the disk image from the app. Usage: dmg.sh "Desktop LLM.app" IMAGE.dmg
# Signs it where DESKTOP_LLM_SIGN_AS names an identity, and has Apple notarise it where
# DESKTOP_LLM_NOTARY names a keychain profile of notarytool. Without them the image is unsigned,
# and macOS asks the person to allow it in System Settings, Privacy & Security.
set -eu
app=$1 image=$2
here=$(cd "$(dirname "$0")" && pwd)
if [ -n "${DESKTOP_LLM_SIGN_AS:-}" ]; then
    codesign --force --deep --options runtime --timestamp --entitlements "$here/entitlements.plist" \
        --sign "$DESKTOP_LLM_SIGN_AS" "$app"
    codesign --verify --deep --strict "$app"
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/"
ln -s /Applications "$stage/Applications"
rm -f "$image"
hdiutil create -volname "Desktop LLM" -srcfolder "$stage" -format ULMO -ov "$image"
if [ -n "${DESKTOP_LLM_SIGN_AS:-}" ] && [ -n "${DESKTOP_LLM_NOTARY:-}" ]; then
    codesign --sign "$DESKTOP_LLM_SIGN_AS" --timestamp "$image"
    xcrun notarytool submit "$image" --keychain-profile "$DESKTOP_LLM_NOTARY" --wait
    xcrun stapler staple "$image"
fi
