#!/usr/bin/env bash
# No process of a vault can be debugged, dumped or read by the vault's own user, whenever he comes: not while it runs, not while
# it starts, and what he opened before shows nothing afterwards.
source "$(dirname "$0")/unreadable.sh"

# His tools work on what is his and not ours.
as_user bash -c 'mkdir "$0" && echo $$ >"$0/pid.new" && mv "$0/pid.new" "$0/pid" && exec sleep 600' "$work/other" &
eventually 10 test -s "$work/other/pid" || fail "no process of his own"
other=$(cat "$work/other/pid")
children+=("$other")
eventually 10 as_user gcore -o "$work/other/of" "$other" >/dev/null 2>&1 || fail "gcore does not work here"
compgen -G "$work/other/of*" >/dev/null || fail "gcore writes nothing here"

new_unreadable_vault
look
dump
race 5
look
tail -n 1 "$work/now"
what_waits_is_unreadable
debuggers_are_refused
coffer down >/dev/null
refuses traced up
if pgrep -f -- "--role [a-z]* $COFFER_HOME" >/dev/null; then fail "a vault was started under a debugger"; fi
