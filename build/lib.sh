# What the scripts of this folder share. Sourced, never run; expects the checkout's root as the working folder.

fail() { echo "$*" >&2; exit 1; }

# Runs a command as root, where this user may without being asked for a password.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
  else return 1
  fi
}

# install_package PACKAGE: with apt, where that is there and allowed.
install_package() {
  command -v apt-get >/dev/null || return 1
  echo "Installing $1" >&2
  # An index that is old or absent is the usual reason for a package not to be found.
  { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" \
      || { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1"; }; } >/dev/null 2>&1
}

# need PROGRAM PACKAGE: makes sure that a program is there.
need() {
  command -v "$1" >/dev/null && return
  install_package "$2" && command -v "$1" >/dev/null && return
  fail "$1 was not found and could not be installed. Install it (Debian, Ubuntu: sudo apt-get install $2) and try again."
}

# Makes promtool known, where it can be had. Its package also starts a Prometheus where there is systemd, so it is not
# installed: the one program is taken out of it.
want_promtool() {
  local folder=artifacts/promtool
  command -v promtool >/dev/null && return
  if [ ! -x "$folder/usr/bin/promtool" ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
    echo "Fetching promtool" >&2
    mkdir -p "$folder"
    (cd "$folder" && { apt-get download -qq prometheus || { as_root apt-get update -qq && apt-get download -qq prometheus; }; } \
      && dpkg -x prometheus_*.deb . && rm -f prometheus_*.deb) >/dev/null 2>&1
  fi
  [ ! -x "$folder/usr/bin/promtool" ] || export PATH="$PATH:$PWD/$folder/usr/bin"
  command -v promtool >/dev/null || echo "promtool was not found and could not be fetched (Debian, Ubuntu: package prometheus); its tests are skipped" >&2
}

need_dotnet() {
  command -v dotnet >/dev/null || fail "The .NET SDK was not found. Install version $(sdk_version) or newer of .NET 10 and try again."
  dotnet --version >/dev/null 2>&1 || fail "The .NET SDK found is not version $(sdk_version) or newer of .NET 10."
}

sdk_version() { sed -n 's/.*"version": "\(.*\)".*/\1/p' global.json; }

has_postgres_server() {
  local folder
  for folder in "${POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin; do
    [ -x "$folder/initdb" ] && return
  done
  command -v initdb >/dev/null
}

need_postgres_server() {
  has_postgres_server && return
  install_package postgresql && has_postgres_server && return
  fail "PostgreSQL was not found and could not be installed. Install it (Debian, Ubuntu: sudo apt-get install postgresql), or set DATABASE_URL to a server you have."
}

# settings: all of them as the program sees them, from the environment, .env and config.yaml.
settings() {
  export_dotnet_root
  "${CLEANGATEWAY_PROGRAM:-build/cleangateway}" config settings --json || fail "The settings cannot be read."
}

# setting_field NAME FIELD: of what settings printed, given as the input; nothing where it is null.
setting_field() {
  printf '%b' "$(sed -n "/\"name\": \"$1\"/,/^  }/s/^ *\"$2\": \"\(.*\)\",\{0,1\}\$/\1/p")"
}

# setting NAME: its value, or its default. Secrets have to be in the environment or in .env; the database's may be anywhere.
setting() {
  local value=${!1:-} all
  if [ -z "$value" ]; then
    all=$(settings) || exit
    if grep -q "\"name\": \"$1\"" <<<"$all"; then value=$(setting_field "$1" value <<<"$all"); else value=$(env_file_value "$1"); fi
    case $1:$value in
      DATABASE_URL:?*) value=$("${CLEANGATEWAY_PROGRAM:-build/cleangateway}" db url) || exit ;;
      *:*'${'*) fail "$1 refers to other settings: give it in the environment." ;;
      *:'***') fail "$1 is a secret: give it in the environment." ;;
    esac
  fi
  echo "$value"
}

# env_file_value NAME: of a name that is a script's and not the program's.
env_file_value() {
  [ -f .env ] || return 0
  sed -n "s/^ *\(export *\)\{0,1\}$1 *= *//p" .env | tail -n 1 | sed "s/ *\$//; s/^\"\(.*\)\"\$/\1/; s/^'\(.*\)'\$/\1/"
}

# seen_from FOLDER ARGUMENT...: the arguments, in the array arguments, with the files and folders that options name made
# absolute: these are meant from where the script was called.
seen_from() {
  local folder=$1
  shift
  arguments=()
  while [ $# -gt 0 ]; do
    case $1 in
      --evidence | --api-key-file | --admin-token-file | --gateway-log)
        arguments+=("$1")
        [ $# -eq 1 ] || { arguments+=("$(absolute "$folder" "$2")"); shift; }
        ;;
      --evidence=* | --api-key-file=* | --admin-token-file=* | --gateway-log=*)
        arguments+=("${1%%=*}" "$(absolute "$folder" "${1#*=}")") ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
}

# absolute FOLDER PATH
absolute() {
  case $2 in '' | /*) echo "$2" ;; *) echo "$1/$2" ;; esac
}

run_folder=artifacts/run

# Builds the release into artifacts/run, unless it is newer than everything it is made of. A gateway that runs from
# there keeps its files: the new ones come as a whole and take the folder's name.
build_gateway() {
  if [ -x "$run_folder/cleangateway" ] \
    && [ -z "$(find src Directory.* global.json build/lib.sh -newer "$run_folder/cleangateway.dll" -type f -print -quit)" ]; then
    return
  fi

  need_dotnet
  echo "Building" >&2
  mkdir -p "$(dirname "$build_log")"
  rm -rf "$run_folder.new"
  publish -r linux-x64 --no-self-contained -p:PublishReadyToRun=true >"$build_log" 2>&1 \
    || publish >"$build_log" 2>&1 \
    || { grep -E 'error|warning' "$build_log" | sort -u | head -n 20 >&2; fail "The build failed; all of it is in $build_log."; }
  touch "$run_folder.new/cleangateway.dll"
  rm -rf "$run_folder.old"
  [ ! -d "$run_folder" ] || mv "$run_folder" "$run_folder.old"
  mv "$run_folder.new" "$run_folder"
  rm -rf "$run_folder.old"
}

build_log=artifacts/build.log

# Ahead-of-time code halves the time to the first answer; it is made for one architecture, and needs a compiler that
# not every package feed has. Without it everything works the same, a second later. Analyzers judge sources when they
# are built to be tested; they find nothing new in what is published.
publish() {
  mkdir -p artifacts
  if [ "${1:-}" = -r ] && [ "$(uname -sm)" != "Linux x86_64" ]; then return 1; fi
  dotnet publish src/Api -c Release --nologo -p:RunAnalyzers=false -o "$run_folder.new" "$@"
}

# The native starter finds .NET where the dotnet command really is.
export_dotnet_root() {
  local dotnet
  [ -n "${DOTNET_ROOT:-}" ] || ! dotnet=$(command -v dotnet) || export DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")")
}
