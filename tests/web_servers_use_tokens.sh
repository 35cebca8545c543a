#!/usr/bin/env bash
# nginx, Apache and stunnel keep their TLS key in a token: with several workers, which are another user than the
# master, under load, while they reload their configuration and while the chip is killed.
source "$(dirname "$0")/lib.sh"
need nginx nginx-light
need apache2 apache2
need stunnel4 stunnel4
need ab apache2-utils
need curl curl
need openssl openssl
need pkcs11-tool opensc
ls /usr/lib/*/engines-3/pkcs11.so >/dev/null 2>&1 || fail "the engine is missing: apt-get install libengine-pkcs11-openssl"
PATH=$PATH:/usr/sbin
new_vault
new_token web
pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label server --id 01 >/dev/null 2>&1
pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type RSA:2048 --label rsa --id 02 >/dev/null 2>&1
# A master that is root gives its workers to another user, who needs a grant and logs in for itself.
workers=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
  workers=www-data
  "$COFFER" grant add "$(id -u $workers)" --token web
fi

cat >"$work/openssl.cnf" <<CONFIG
openssl_conf = init
[init]
engines = engines
[engines]
pkcs11 = pkcs11_engine
[pkcs11_engine]
engine_id = pkcs11
MODULE_PATH = $COFFER_MODULE
init = 1
[req]
distinguished_name = name
[name]
CONFIG
with_engine=(env "OPENSSL_CONF=$work/openssl.cnf")
for key in server rsa; do
  "${with_engine[@]}" openssl req -new -x509 -days 1 -subj /CN=localhost -engine pkcs11 -keyform engine \
    -key "pkcs11:token=web;object=$key;type=private;pin-value=1234" -out "$work/$key.crt" 2>"$work/said" ||
    { cat "$work/said" >&2; fail "no certificate for $key"; }
done
key='pkcs11:token=web;object=server;type=private;pin-value=1234'
mkdir "$work/www" "$work/tmp"
echo welcome >"$work/www/index.html"

# fetch CERTIFICATE: a page from $port by a client that trusts the certificate.
fetch() { [ "$(curl -sS --cacert "$work/$1.crt" --resolve "localhost:$port:127.0.0.1" "https://localhost:$port/" 2>"$work/said")" = welcome ]; }
# load COUNT: new connections, eight at a time; every one must be served.
load() {
  ab -n "$1" -c 8 -q "https://127.0.0.1:$port/" >"$work/ab.log" 2>&1 || return 1
  grep -q "^Complete requests: *$1\$" "$work/ab.log" && grep -q '^Failed requests: *0$' "$work/ab.log" &&
    ! grep -q 'SSL handshake failed' "$work/ab.log"
}
# answers NAME CERTIFICATE
answers() { eventually 60 fetch "$2" || { cat "$work/said" "$work/$1.log" >&2; fail "$1 does not answer"; }; }
# under_load NAME COMMAND...: every connection is served although the command and the end of the chip come between.
under_load() {
  local name=$1 busy
  shift
  load 400 &
  busy=$!
  "$@"
  kill -9 "$(role_pid chip)"
  wait "$busy" || { tail "$work/ab.log" "$work/$name.log" >&2; fail "$name failed under load"; }
}
# reload NAME PID SIGNAL CERTIFICATE: three times; after each the server answers at once.
reload() {
  local _
  for _ in 1 2 3; do
    kill "-$3" "$2"
    fetch "$4" || { cat "$work/said" "$work/$1.log" >&2; fail "$1 does not answer after a reload"; }
  done
}
# has_new_workers PID OLD: all workers of a master are others than OLD.
has_new_workers() { [ -n "$(pgrep -P "$1")" ] && ! pgrep -P "$1" | grep -qxF "$2"; }

port=$(free_port)
plain=$(free_port)
cat >"$work/nginx.conf" <<CONFIG
user $workers;
worker_processes 4;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log warn;
events { worker_connections 128; }
http {
  access_log off;
  client_body_temp_path $work/tmp; proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp;
  uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
  server {
    listen 127.0.0.1:$plain;
    listen 127.0.0.1:$port ssl;
    ssl_certificate $work/server.crt;
    ssl_certificate_key "engine:pkcs11:$key";
    ssl_session_cache off;
    ssl_session_tickets off;
    root $work/www;
  }
}
CONFIG
"${with_engine[@]}" nginx -c "$work/nginx.conf" -p "$work" 2>"$work/nginx.log" &
nginx=$!
children+=("$nginx")
answers nginx server
workers_before=$(pgrep -P "$nginx")
under_load nginx reload nginx "$nginx" HUP server
answers nginx server
eventually 60 has_new_workers "$nginx" "$workers_before" || fail "nginx did not reload"

port=$(free_port)
modules=/usr/lib/apache2/modules
cat >"$work/apache.conf" <<CONFIG
ServerRoot $work
ServerName localhost
PidFile $work/apache.pid
ErrorLog $work/apache.log
LogLevel warn
Listen 127.0.0.1:$port https
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
LoadModule socache_shmcb_module $modules/mod_socache_shmcb.so
LoadModule ssl_module $modules/mod_ssl.so
User $workers
Group $(id -gn $workers)
StartServers 4
MaxRequestWorkers 8
SSLCryptoDevice pkcs11
SSLSessionCache none
SSLSessionTickets off
SSLEngine on
SSLCertificateFile $work/server.crt
SSLCertificateKeyFile "$key"
DocumentRoot $work/www
CONFIG
# When Apache ends it ends its process group, so it gets one of its own.
setsid "${with_engine[@]}" apache2 -DFOREGROUND -f "$work/apache.conf" 2>"$work/apache.log" &
apache=$!
children+=("$apache")
answers apache server
workers_before=$(pgrep -P "$apache")
under_load apache reload apache "$apache" USR1 server
answers apache server
eventually 60 has_new_workers "$apache" "$workers_before" || fail "Apache did not reload"

# stunnel has threads instead of workers; it stands before nginx.
port=$(free_port)
cat >"$work/stunnel.conf" <<CONFIG
foreground = yes
pid =
engine = pkcs11
engineCtrl = MODULE_PATH:$COFFER_MODULE
engineCtrl = INIT
output = $work/stunnel.log
[web]
accept = 127.0.0.1:$port
connect = 127.0.0.1:$plain
engineId = pkcs11
cert = $work/rsa.crt
key = pkcs11:token=web;object=rsa;type=private;pin-value=1234
CONFIG
stunnel4 "$work/stunnel.conf" >/dev/null 2>&1 &
stunnel=$!
children+=("$stunnel")
answers stunnel rsa
under_load stunnel fetch rsa
# stunnel opens its port anew when it reloads, so nobody connects meanwhile.
kill -HUP "$stunnel"
eventually 60 grep -q 'Reading configuration' "$work/stunnel.log" || fail "stunnel did not reload"
answers stunnel rsa
under_load stunnel fetch rsa
