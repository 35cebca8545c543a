#!/usr/bin/env bash
# `cmake --install` gives a product that works where it was put: the module starts the vault with the binary beside it.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc

# What the build makes and the installation copies, ./quickstart has built.
tree=$(cd "$(dirname "$0")/.." && pwd)
read -ra built < <(sed -n 's/^cmake --build build\/release --target //p' "$tree/quickstart")
[ ${#built[@]} -gt 0 ] || fail "./quickstart must name what it builds"
ninja -C "$COFFER_BUILD" -t graph "${built[@]}" | sed -n 's/.*\[label="\([^"]*\)".*/\1/p' | sort >"$work/reached"
ninja -C "$COFFER_BUILD" -t targets all | sed 's/: [^:]*$//' | sort >"$work/outputs"
find "$COFFER_BUILD" -name cmake_install.cmake -exec grep -oh "\"$COFFER_BUILD/[^\"]*\"" {} + |
  sed "s,^\"$COFFER_BUILD/,,; s,\"\$,," | sort -u | comm -12 - "$work/outputs" >"$work/copied"
[ "$(wc -l <"$work/copied")" -ge 3 ] || fail "the installation must copy the program, the module and the man page"
missing=$(comm -23 "$work/copied" "$work/reached")
[ -z "$missing" ] || fail "./quickstart does not build what the installation copies:" $missing

cmake --install "$COFFER_BUILD" --prefix "$work/product" >"$work/install.log"
for file in bin/coffer share/man/man1/coffer.1 share/bash-completion/completions/coffer lib/systemd/system/coffer.service; do
  [ -s "$work/product/$file" ] || fail "$file was not installed"
done
[ "$(stat -c %a "$work/product/bin/coffer")" = 711 ] || fail "all users may read the installed program"
module=$(find "$work/product" -name libcoffer-pkcs11.so)
unset COFFER_BIN
COFFER=$work/product/bin/coffer
new_vault
new_token installed
"$COFFER" down
pkcs11-tool --module "$module" --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label one --id 01 >/dev/null
status_says '"objects":2' || fail "the module must have started the vault and made the key"
"$COFFER" help | grep -q 'ca sign' || fail "the help must name the commands"
