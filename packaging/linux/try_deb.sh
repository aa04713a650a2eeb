#!/usr/bin/env bash
# Try a Debian package as its user would: in a clean root of a Debian release, install it, start it, remove it.
#
#   try_deb.sh PACKAGE SUITE [FOLDER]     (as root; needs mmdebstrap, xvfb, xdotool, imagemagick)
#
# The window's picture and the self-test's output stay in FOLDER (default: build/try-SUITE).
#   MAIN_JOB=1     also set up real frameworks and measure them, to a PDF in FOLDER
#   USER_MOUNTS    paths of this machine that the user has there too (pip's configuration, certificates, wheels)
# Variables that configure pip, uv, proxies and certificates are the user's as well.
set -euo pipefail

package=$(realpath "$1")
suite=$2
folder=$(realpath -m "${3:-build/try-$suite}")
root=$folder/root
name=$(dpkg-deb -f "$package" Package)
command=advisor
mkdir -p "$folder"

step() { printf '\n== %s: %s\n' "$suite" "$*"; }

# Everything inside runs in mounts of its own, which end with it.
inside() {
  unshare --mount bash -euc '
    root=$1; shift
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    if [ -d /tmp/.X11-unix ]; then
      mkdir -p "$root/tmp/.X11-unix"
      mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
    fi
    for path in ${USER_MOUNTS:-}; do
      if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$(dirname "$root$path")"; touch "$root$path"; fi
      mount --bind -o ro "$path" "$root$path"
    done
    exec chroot "$root" "$@"' inside "$root" "$@"
}

user_environment() {
  printf '%s\n' HOME=/home/user USER=user LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin ${DISPLAY:+DISPLAY=$DISPLAY}
  env | grep -E '^(PIP_|UV_|SSL_CERT_|OPENBLAS_|[A-Za-z]+_(proxy|PROXY)=)' || true
}

as_user() {
  local variables
  mapfile -t variables < <(user_environment)
  inside runuser -u user -- env -i "${variables[@]}" sh -c 'cd; exec "$@"' sh "$@"
}

snapshot() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./home \
    -o -path ./run -o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dpkg \) \
    -prune -o -print) | LC_ALL=C sort
}

step "making a clean root"
rm -rf "$root"
sources=$folder/debian.list
if [ "$(. /etc/os-release; echo "$ID")" = debian ]; then
  # The mirror that this machine uses.
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/\?$' || true)
fi
mirror=${mirror:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite" >"$sources"
mmdebstrap --quiet --variant=apt --include=shared-mime-info,desktop-file-utils,ca-certificates,passwd,debian-archive-keyring \
  "$suite" "$root" "$sources"
chroot "$root" useradd --create-home user

step "installing what it depends on"
export DEBIAN_FRONTEND=noninteractive
inside apt-get update -qq
needed=$(dpkg-deb -f "$package" Depends)
if [ -n "${MAIN_JOB:-}" ]; then
  needed+=", $(dpkg-deb -f "$package" Recommends)" # apt's default; without it, a machine with nothing is tried
fi
inside apt-get satisfy -qq --no-install-recommends "$needed" >"$folder/apt.log" 2>&1
snapshot >"$folder/before"

step "installing $name"
cp "$package" "$root/tmp/package.deb"
inside apt-get install -qq --no-install-recommends /tmp/package.deb >>"$folder/apt.log" 2>&1
rm "$root/tmp/package.deb"
du -sh "$root/usr/lib/$name" | cut -f1
grep -q "/usr/share/applications/$name.desktop" "$root/var/lib/dpkg/info/$name.list"
mime=$(sed -n 's/^MimeType=\(.*\);$/\1/p' "$root/usr/share/applications/$name.desktop")
grep "$mime" "$root/usr/share/mime/globs2"
grep "$mime" "$root/usr/share/applications/mimeinfo.cache"

step "command line"
as_user "$command" --version
as_user "$command" doctor || [ $? = 2 ]
as_user "$command" self-test | tee "$folder/self-test.txt"
as_user env _ADVISOR_COMPLETE=bash_complete COMP_WORDS="$command rec" COMP_CWORD=1 "$command" | grep recommend

step "window, from the desktop file"
mkdir -p /tmp/.X11-unix
exec 3< <(exec Xvfb -displayfd 1 -screen 0 1280x800x24 2>/dev/null)
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
read -ru 3 number # it says its display's number once it can be reached
export DISPLAY=:$number
exec_line=$(sed -n 's/^Exec=\(.*\) %f$/\1/p' "$root/usr/share/applications/$name.desktop")
as_user $exec_line >"$folder/window.txt" 2>&1 &
window=$!
timeout 120 xdotool search --sync --onlyvisible --name 'Framework Advisor' >/dev/null
for _ in $(seq 60); do
  import -window root "$folder/window.png"
  colours=$(identify -format %k "$folder/window.png")
  [ "$colours" -gt 50 ] && break
  sleep 1 # the window is there, its first picture may not be
done
echo "$folder/window.png: $colours colours"
[ "$colours" -gt 50 ]
kill -TERM "$(xdotool search --onlyvisible --name 'Framework Advisor' getwindowpid | head -n 1)"
wait "$window" || true
kill "$server"
unset DISPLAY
! grep -iE 'traceback|error' "$folder/window.txt"

if [ -n "${MAIN_JOB:-}" ]; then
  step "main job with real frameworks"
  as_user "$command" recommend --task image-classification --yes --pdf /home/user/report.pdf --json /home/user/job.advisor
  cp "$root/home/user/report.pdf" "$root/home/user/job.advisor" "$folder/"
fi

step "removing it"
inside apt-get purge -qq "$name" >>"$folder/apt.log" 2>&1
snapshot >"$folder/after"
diff "$folder/before" "$folder/after"
[ ! -e "$root/usr/lib/$name" ]
echo "left in the user's home (their own data):"
(cd "$root/home/user" && find . -mindepth 1 -maxdepth 3 -newer "$root/etc/passwd" | LC_ALL=C sort)
rm -rf --one-file-system "$root"
step "done"
