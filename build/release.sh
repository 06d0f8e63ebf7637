#!/usr/bin/env bash
# Makes a release that needs no .NET on the machine it runs on.
#
#   build/release.sh [--runtime linux-x64|linux-arm64] [--if-newer]
#
# artifacts/release/cleangateway-VERSION-RUNTIME.tar.gz: the program, the documents, build/deploy and the scripts of backup and
# recovery where the documents say that they are, install.sh, what is inside and under which licences (PACKAGES.txt, notices/),
# and SHA256SUMS. The same commit gives the same tarball, byte for byte, as far as the compiler goes. --if-newer: nothing is done where the tarball is newer than what it is made of.
# Exit code 1: it failed; 3: the runtime packs for that processor are not to be had here, and nothing was built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

runtime=linux-x64 if_newer=false
while [ $# -gt 0 ]; do
  case $1 in
    --runtime) runtime=${2:-} && shift ;;
    --if-newer) if_newer=true ;;
    *) fail "$1 is not known: expected --runtime linux-x64 or linux-arm64, or --if-newer" ;;
  esac
  shift
done
case $runtime in linux-x64 | linux-arm64) ;; *) fail "--runtime is '$runtime': expected linux-x64 or linux-arm64" ;; esac

version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
name=cleangateway-$version-$runtime
out=artifacts/release
tarball=$out/$name.tar.gz
scripts=(build/backup.sh build/restore.sh build/postgres.sh build/lib.sh build/cleangateway)
if $if_newer && [ -f "$tarball" ] \
  && [ -z "$(find src docs build/deploy build/release.sh "${scripts[@]}" Directory.* global.json -newer "$tarball" -type f -print -quit)" ]; then
  echo "$tarball"
  exit
fi

need_dotnet
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=", with changes that are not committed"
mkdir -p "$out"
work=$(mktemp -d "$PWD/$out/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
release=$work/$name
log=$out/$runtime.log

# Nothing of this changes how the compiler is called: what build/run.sh has compiled ahead of time is used again.
# What belongs to another processor is kept apart, and leaves the lock files as they are.
foreign=()
[ "$runtime" = linux-x64 ] || foreign=(-p:RuntimeIdentifiers="$runtime" -p:RestorePackagesWithLockFile=false -p:RestoreLockedMode=false -p:ArtifactsPath="$PWD/$out/obj-$runtime")
if ! dotnet publish src/Api -c Release --nologo -p:RunAnalyzers=false -r "$runtime" --self-contained -p:PublishReadyToRun=true "${foreign[@]}" \
  -o "$release/bin" >"$log" 2>&1; then
  if grep -qE 'NU1101|NU1102|NU1301|NETSDK1094|NETSDK1112' "$log"; then
    echo "Not built: the runtime packs for $runtime cannot be restored from this machine's package sources; $log has it all." >&2
    exit 3
  fi
  grep -E 'error|warning' "$log" | sort -u | head -n 20 >&2
  fail "The build failed; all of it is in $log."
fi

rm -f "$release"/bin/*.pdb "$release"/bin/*.xml
mkdir "$release/build"
cp -r build/deploy "${scripts[@]}" "$release/build/"
cp -r docs "$release/"
mv "$release/build/deploy/install.sh" "$release/install.sh"
for notice in LICENSE* NOTICE*; do [ ! -f "$notice" ] || cp "$notice" "$release/"; done

# What is inside, from the list that the program itself starts by; licences from the packages' own manifests.
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
mkdir "$release/notices"
{
  printf '%s\t%s\t%s\n' PACKAGE VERSION LICENCE
  awk -F'"' '/^    "[^"]+\/[^"]+": \{/ { name = $2 } /^      "type": "(package|runtimepack)"/ && name { print name; name = "" }' \
    "$release/bin/cleangateway.deps.json" | sed 's/^runtimepack\.//' | LC_ALL=C sort -u | while IFS=/ read -r package number; do
    folder=$packages/${package,,}/$number
    nuspec=$folder/${package,,}.nuspec
    licence=$(sed -n 's|.*<license type="expression">\(.*\)</license>.*|\1|p' "$nuspec" 2>/dev/null | head -n 1)
    [ -n "$licence" ] || licence=$(sed -n "s|.*<license type=\"file\">\(.*\)</license>.*|notices/$package.\1|p" "$nuspec" 2>/dev/null | head -n 1)
    [ -n "$licence" ] || licence=$(sed -n 's|.*<licenseUrl>\(.*\)</licenseUrl>.*|\1|p' "$nuspec" 2>/dev/null | head -n 1)
    printf '%s\t%s\t%s\n' "$package" "$number" "${licence:-unknown}"
    for notice in "$folder"/LICENSE* "$folder"/THIRD-PARTY-NOTICES*; do
      [ ! -f "$notice" ] || cp "$notice" "$release/notices/$package.$(basename "$notice")"
    done
  done
} >"$release/PACKAGES.txt"

printf '%s\n' "$version" >"$release/VERSION"
printf 'cleangateway %s, commit %s, %s, .NET %s\n' "$version" "$commit" "$runtime" "$(sed -n 's|^Microsoft.NETCore.App.Runtime[^\t]*\t\([^\t]*\).*|\1|p' "$release/PACKAGES.txt")" >"$release/RELEASE"

find "$release" -type d -exec chmod 0755 {} +
find "$release" -type f -exec chmod 0644 {} +
chmod 0755 "$release/bin/cleangateway" "$release/build/cleangateway"
find "$release" -type f -name '*.sh' -exec chmod 0755 {} +
(cd "$release" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS && chmod 0644 SHA256SUMS)

moment=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
tar -C "$work" --sort=name --mtime="@$moment" --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" | gzip -n >"$work/$name.tar.gz"
mv "$work/$name.tar.gz" "$tarball"
(cd "$out" && sha256sum ./*.tar.gz >SHA256SUMS)
echo "$tarball"
