#!/usr/bin/env bash
# `cmake --install` gives a product that works where it was put: the module starts the vault with the binary beside it.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
cmake --install "$COFFER_BUILD" --prefix "$work/product" >"$work/install.log"
for file in bin/coffer share/man/man1/coffer.1 share/bash-completion/completions/coffer lib/systemd/system/coffer.service; do
  [ -s "$work/product/$file" ] || fail "$file was not installed"
done
module=$(find "$work/product" -name libcoffer-pkcs11.so)
unset COFFER_BIN
COFFER=$work/product/bin/coffer
new_vault
new_token installed
"$COFFER" down
pkcs11-tool --module "$module" --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label one --id 01 >/dev/null
status_says '"objects":2' || fail "the module must have started the vault and made the key"
"$COFFER" help | grep -q 'ca sign' || fail "the help must name the commands"
