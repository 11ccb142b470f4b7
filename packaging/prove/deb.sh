#!/bin/sh
# Proves the .deb: a minimal Debian 12, apt, no network, an ordinary user's journey, removal.
# Usage (as root): packaging/prove/deb.sh [FILE.deb]
set -eu
cd "$(dirname "$0")/../.."
prove=packaging/prove
deb=${1:-$(ls dist/desktop-llm_*.deb)}
root=build/prove-deb
inside="sh $prove/inside.sh $root"
rm -rf "$root"
sh $prove/root.sh "$root"
cp "$deb" "$root/root/desktop-llm.deb"
cp $prove/journey.sh "$root/journey.sh"
cp /etc/resolv.conf "$root/etc/resolv.conf"

$inside root yes apt-get update -qq
$inside root yes apt-get install -y -qq --no-install-recommends /root/desktop-llm.deb >build/prove-deb.log
echo "prove: installed: $($inside root no dpkg-query -W -f '${Installed-Size}' desktop-llm) KiB of the package itself"
# Before anything else is there that could bring a library along: does Qt find all it needs?
$inside person no desktop-llm doctor
$inside root no dpkg -L desktop-llm >build/prove-deb.files

$inside root yes apt-get install -y -qq --no-install-recommends xvfb xdotool x11-apps netpbm >>build/prove-deb.log
$inside person no sh /journey.sh desktop-llm

rm -rf build/prove-deb-pictures
cp -r "$root/home/person/pictures" build/prove-deb-pictures
$inside root no apt-get purge -y -qq desktop-llm >>build/prove-deb.log
left=$(cd "$root" && find . -xdev -iname '*desktop-llm*' -not -path './home/person/*' -not -path './root/*' \
    -not -path './var/log/*')
while read -r path; do
    # Folders that other packages have files in stay.
    [ -d "$root$path" ] || [ ! -e "$root$path" ] || left="$left $path"
done <build/prove-deb.files
[ -z "$left" ] || { echo "prove: FAILED: removal left $left" >&2; exit 1; }
[ -f "$root/home/person/.local/share/desktop-llm/history.db" ] || { echo "prove: FAILED: removal took the history" >&2; exit 1; }
echo "prove: ok: removal left the person's data and nothing else"
rm -rf "$root"
