#!/usr/bin/env bash
# Build the Debian package, check it, and try it in clean roots: install, self-test, window, purge (as root, Debian).
#
#   ci_deb.sh [--release] [SUITE …]     (default: bookworm; --release compresses fully)
set -euo pipefail
cd "$(dirname "$0")/.."

speed=--fast
if [ "${1:-}" = --release ]; then
  speed=
  shift
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends \
  binutils dpkg-dev xz-utils lintian desktop-file-utils appstream shared-mime-info man-db \
  mmdebstrap debian-archive-keyring python3 python3-venv libpython3.11 xvfb xdotool imagemagick \
  libegl1 libgl1 libglib2.0-0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libgssapi-krb5-2 \
  libwayland-client0 libwayland-cursor0 libwayland-egl1 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 \
  libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 \
  libxcb-xfixes0 libxcb-xkb1 libsqlite3-0

# Any Python 3.11 or newer that has its shared library, as Debian's has.
python=${PYTHON:-python3}
rm -rf dist build/frozen build/deb
"$python" packaging/build.py $speed deb
package=$(echo dist/*.deb)

# The same inputs give the same package, to the byte; where not, the lists of files say which file it was.
mkdir -p build/first
cp dist/* build/first/
"$python" packaging/build.py $speed deb
diff build/first/*.files.txt dist/*.files.txt
cmp build/first/*.deb "$package"
rm -r build/first

share=build/deb/usr/share
lintian --allow-root --fail-on error,warning "$package"
desktop-file-validate "$share"/applications/*.desktop
appstreamcli validate --no-net --explain "$share"/metainfo/*.metainfo.xml
LC_ALL=C.UTF-8 man --warnings -l "$share"/man/man1/advisor.1.gz >/dev/null

bytes=$(stat -c %s "$package")
installed=$(du -sb build/deb/usr | cut -f1)
echo "package: $((bytes / 1000000)) MB (at most 110), installed: $((installed / 1000000)) MB (at most 350)"
[ "$bytes" -le 110000000 ] && [ "$installed" -le 350000000 ]

for suite in "${@:-bookworm}"; do
  packaging/linux/try_deb.sh "$package" "$suite"
done
