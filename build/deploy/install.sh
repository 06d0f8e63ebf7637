#!/usr/bin/env bash
# Installs CleanGateway as a systemd service, or a newer version over an older one. Run from an unpacked release, as root.
#
#   ./install.sh [--prefix /opt/cleangateway] [--root DIR]
#   ./install.sh --uninstall [--prefix …] [--root DIR]
#
# The program goes to PREFIX/releases and PREFIX/current; the last version before it stays, and any that still runs.
# /etc/cleangateway is made where it is not there, and never changed afterwards. --uninstall takes the program away and
# leaves configuration and data.
# --root: everything under DIR, as for a package or an image; no user is made and systemd is not told.
set -euo pipefail
fail() { echo "$*" >&2; exit 1; }

prefix=/opt/cleangateway root= uninstall=false
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:-} && shift ;;
    --root) root=${2:-} && [ -n "$root" ] || fail "--root is empty: expected a folder"
      shift ;;
    --uninstall) uninstall=true ;;
    *) fail "$1 is not known: expected --prefix DIR, --root DIR or --uninstall" ;;
  esac
  shift
done
case $prefix in /*[!/]*) prefix=${prefix%/} ;; *) fail "--prefix is '$prefix': expected a folder of its own, from /" ;; esac
case $prefix in *[!A-Za-z0-9/._-]*) fail "--prefix is '$prefix': expected letters, digits and any of / . _ -" ;; esac
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "Only root can install for the machine: sudo $0, or --root DIR to look at what would be there"

# Seen from where this was called.
case $root in '' | /*) ;; *) root=$PWD/$root ;; esac

user=cleangateway
etc=$root/etc/cleangateway
units=$root/etc/systemd/system
command=$root/usr/local/bin/cleangateway
data=/var/lib/cleangateway

# A machine that systemd runs on; not a folder, nor a container without it.
has_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

if $uninstall; then
  ! has_systemd || systemctl disable --now cleangateway.service cleangateway-maintain.timer >/dev/null 2>&1 || true
  rm -f "$units"/cleangateway.service "$units"/cleangateway-maintain.service "$units"/cleangateway-maintain.timer "$command"
  rm -rf "$root${prefix:?}/releases" "$root$prefix/current"
  rmdir "$root$prefix" 2>/dev/null || true
  ! has_systemd || systemctl daemon-reload
  echo "The program is gone. Left as they are: $etc (configuration, master key), $root$data (data), the user $user."
  exit
fi

cd "$(dirname "${BASH_SOURCE[0]}")"
[ -x bin/cleangateway ] && [ -f SHA256SUMS ] || fail "This is no unpacked release: bin/cleangateway or SHA256SUMS is not there"
sha256sum --check --quiet --strict SHA256SUMS >&2 || fail "Files of this release are not as they were made; unpack it again"

if [ -z "$root" ] && ! id -u "$user" >/dev/null 2>&1; then
  useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin "$user"
fi
owned_by=(-o root -g root)
readable_by=(-o root -g "$user")
if [ -n "$root" ]; then owned_by=() readable_by=(); fi

# A folder for each release: a gateway that still runs from the one before keeps all of its files.
release=$(cat VERSION)-$(sha256sum SHA256SUMS | cut -c 1-8)
releases=$root$prefix/releases
before=$(readlink "$root$prefix/current" 2>/dev/null || true)
before=${before#releases/}
install -d -m 0755 "${owned_by[@]}" "$releases"
if [ ! -d "$releases/$release" ]; then
  # What was checked, and nothing that lies beside it.
  rm -rf "$releases/.new" && mkdir "$releases/.new"
  { cut -c 67- SHA256SUMS && echo SHA256SUMS; } | tar -cf - --files-from=- | tar -xf - -C "$releases/.new" --no-same-owner
  [ -n "$root" ] || chown -R root:root "$releases/.new"
  chmod -R u=rwX,go=rX "$releases/.new"
  mv "$releases/.new" "$releases/$release"
fi
ln -sfn "releases/$release" "$root$prefix/.current"
mv -T "$root$prefix/.current" "$root$prefix/current"

# A process runs from there, or from what was there.
is_in_use() {
  local file
  for file in /proc/[0-9]*/exe; do
    case $(readlink "$file" 2>/dev/null) in "$(realpath "$1")"/*) return 0 ;; esac
  done
  return 1
}

# Installed again, the version to go back to is still the one that was there before.
if [ "$before" != "$release" ]; then
  for folder in "$releases"/*; do
    case ${folder##*/} in "$release" | "$before") ;; *) is_in_use "$folder" || rm -rf "$folder" ;; esac
  done
fi

# make FILE MODE OWNER… : what is on standard input, unless the file is there.
make() {
  local file=$1 mode=$2
  shift 2
  if [ -e "$file" ]; then cat >/dev/null; return; fi
  (umask 077 && cat >"$file.new")
  install -m "$mode" "$@" "$file.new" "$file"
  rm -f "$file.new"
}

install -d -m 0755 "${owned_by[@]}" "$etc" "$units" "$(dirname "$command")"
make "$etc/config.yaml" 0640 "${readable_by[@]}" <build/deploy/config.yaml
head -c 32 /dev/urandom | base64 | make "$etc/master.key" 0600 "${owned_by[@]}"
make "$etc/database.url" 0600 "${owned_by[@]}" </dev/null

for unit in cleangateway.service cleangateway-maintain.service cleangateway-maintain.timer; do
  sed "s|/opt/cleangateway|$prefix|g" "build/deploy/$unit" >"$units/.unit"
  install -m 0644 "${owned_by[@]}" "$units/.unit" "$units/$unit"
  rm -f "$units/.unit"
done

# The command for operators: with the service's configuration, unless the environment says otherwise.
cat >"$command.new" <<END
#!/bin/sh
export CLEANGATEWAY_CONFIG="\${CLEANGATEWAY_CONFIG:-/etc/cleangateway/config.yaml}" CREDENTIALS_DIRECTORY="\${CREDENTIALS_DIRECTORY:-/etc/cleangateway}"
exec $prefix/current/bin/cleangateway "\$@"
END
install -m 0755 "${owned_by[@]}" "$command.new" "$command"
rm -f "$command.new"

! has_systemd || systemctl daemon-reload
if [ -z "$before" ]; then
  cat <<END
Installed $(cat RELEASE)

  /etc/cleangateway/config.yaml    the settings: look them over
  /etc/cleangateway/database.url   postgres://user:password@host:5432/database?sslmode=verify-full; empty: a private PostgreSQL
  /etc/cleangateway/master.key     keep a copy elsewhere: without it, stored credentials cannot be read

Then, as root:

  cleangateway config check
  systemctl enable --now cleangateway.service cleangateway-maintain.timer
  cleangateway health
END
elif [ "$before" = "$release" ]; then
  echo "$(cat RELEASE) is installed already; configuration and data are as they were."
else
  cat <<END
Upgraded to $(cat RELEASE); the version before is in $prefix/releases/$before. Configuration and data are as they were. Then, as root:

  cleangateway db migrate
  systemctl restart cleangateway.service
  cleangateway health
END
fi
