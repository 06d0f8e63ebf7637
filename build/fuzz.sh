#!/usr/bin/env bash
# Tries every parser with inputs that nobody meant for it, for longer than build/test.sh does. What breaks one is kept
# under tests/UnitTests/Fuzz/Corpus, so that it is tried first from then on.
#   build/fuzz.sh [--minutes N] [--seed S] [--target T]
# Minutes are for all parsers together (10); without a seed a random one is taken, and printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

minutes=10 seed=$((RANDOM * 32768 + RANDOM)) target=
while [ $# -gt 0 ]; do
  case "$1" in
    --minutes | --seed | --target)
      [ $# -gt 1 ] || fail "$1 has no value."
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) fail "Unknown argument '$1': build/fuzz.sh [--minutes N] [--seed S] [--target T]" ;;
  esac
done
[[ $minutes =~ ^[1-9][0-9]{0,4}$ ]] || fail "--minutes is '$minutes': expected a number from 1 to 99999."
[[ $seed =~ ^[0-9]{1,10}$ ]] && [ "$seed" -le 2147483647 ] || fail "--seed is '$seed': expected a number from 0 to 2147483647."

corpus=$PWD/tests/UnitTests/Fuzz/Corpus
[ -z "$target" ] || [ -d "$corpus/$target" ] || fail "--target is '$target': expected one of $(ls "$corpus" | tr '\n' ' ')"
count=$(find "$corpus" -mindepth 1 -maxdepth 1 -type d | wc -l)
[ -z "$target" ] || count=1

need_dotnet
dotnet build tests/UnitTests -c Release --nologo -clp:ErrorsOnly
export_dotnet_root
echo "seed $seed, $minutes minutes, ${target:-all parsers}"
CLEANGATEWAY_FUZZ_SECONDS=$((minutes * 60 / count + 1)) CLEANGATEWAY_FUZZ_SEED=$seed CLEANGATEWAY_FUZZ_TARGET=$target \
  CLEANGATEWAY_FUZZ_CORPUS=$corpus artifacts/bin/UnitTests/release/CleanGateway.UnitTests -noColor -noLogo -class '*.FuzzTests' -parallel none
