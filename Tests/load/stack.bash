# What the scripts of this folder share: a stack of their own (nginx with TLS, pspd, wix-emulator) in a folder under
# /tmp that ends with the script, requests minted and sent, results as a table, and the comparison of effects, store and
# events afterwards. Sourced, never run.
#
# A script sets $about (its usage text) and the defaults it wants changed, calls `options "$@"` and then what it needs.
# shellcheck shell=bash disable=SC2154

project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
load="$project/Tests/load"
keys="$project/.demo"
name="$(basename "$0")"
export PATH="$PATH:/usr/sbin:/sbin"  # nginx is there, and not in every user's PATH
export LC_ALL=C

# Defaults; a script may set others before `options`.
requests="${requests-5000}"
connections="${connections-32}"
tool="${tool-curl}"
workers="${workers-2}"
threads="${threads-16}"
nginx_workers="${nginx_workers-auto}"
bin=""
[[ -v more_products ]] || more_products=()

readonly app_id=8f2b6c1e-5a47-4d0f-9e63-1b7c2d4a9f05
readonly start_seconds=30    # until a program answers
readonly settle_seconds=120  # from the last answer to the last event
readonly stop_seconds=20     # from SIGTERM to SIGKILL
readonly send_seconds=300    # one round of requests

run=""              # the run folder, once it is made
declare -A programs # process ids by name

say() { printf '%s\n' "$@"; }

fail() {
    printf '%s: %s\n' "$name" "$*" >&2
    exit 1
}

# MARK: Options

usage() {
    cat <<USAGE
usage: Tests/load/$name [options]

$about

  --requests N     distinct requests (default $requests)
  --connections N  at once (default $connections)
  --tool TOOL      curl or wrk (default $tool)
  --workers N      pspd's workers (default $workers)
  --threads N      accept threads of each (default $threads)
  --nginx-workers N  (default $nginx_workers)
  --bin FOLDER     the programs to use; without it they are built (release) first
${more_usage-}
USAGE
}

# option NAME VALUE: a script's own options; returns 1 for those it does not know.
if ! declare -F option >/dev/null; then
    option() { return 1; }
fi

options() {
    while (($# > 0)); do
        case "$1" in
            --help) usage; exit 0 ;;
            --requests) requests="$(number "$@")" ;;
            --connections) connections="$(number "$@")" ;;
            --workers) workers="$(number "$@")" ;;
            --threads) threads="$(number "$@")" ;;
            --nginx-workers) nginx_workers="$(number "$@")" ;;
            --tool) tool="${2-}" ;;
            --bin) bin="$(cd "${2-}" && pwd)" ;;
            *) option "$1" "${2-}" || { usage >&2; exit 2; } ;;
        esac
        shift "$(($# > 1 ? 2 : 1))"
    done
    [[ "$tool" == curl || "$tool" == wrk ]] || { usage >&2; exit 2; }
    command -v "$tool" >/dev/null || fail "$tool is not installed (Debian: apt-get install $tool)"
}

number() {
    [[ "${2-}" =~ ^[1-9][0-9]{0,8}$ ]] || { printf '%s: %s needs a number\n' "$name" "$1" >&2; exit 2; }
    printf '%s' "$2"
}

# MARK: Ending

is_running() { [[ -n "${1-}" ]] && kill -0 "$1" 2>/dev/null; }

# stop NAME: and waits for its end.
stop() {
    local pid="${programs[$1]-}" tick
    [[ -n "$pid" ]] || return 0
    unset "programs[$1]"
    kill -TERM "$pid" 2>/dev/null || true
    for ((tick = 0; tick < stop_seconds * 20; tick++)); do
        is_running "$pid" || break
        sleep 0.05
    done
    ! is_running "$pid" || kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
}

# The one way out. What went wrong keeps its logs.
finish() {
    local status=$? program
    trap '' INT TERM HUP
    trap - EXIT
    for program in pspd courier wix-emulator constant nginx; do stop "$program"; done
    if [[ -n "$run" ]] && ((status > 0 && status < 128)); then
        say "$name: logs are kept in $run" >&2
    elif [[ -n "$run" ]]; then
        rm --recursive --force "$run"
    fi
    exit "$status"
}

# MARK: The run folder

port_is_taken() { timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null; }

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        port_is_taken "$port" || break
    done
    printf '%s' "$port"
}

build() {
    [[ -z "$bin" ]] || return 0
    local command=(swift build --package-path "$project" --configuration release --static-swift-stdlib) product
    say "$name: building (some minutes the first time)"
    for product in pspd wix-emulator "${more_products[@]}"; do
        "${command[@]}" --product "$product" >/dev/null || fail "the build failed"
    done
    bin="$("${command[@]}" --show-bin-path)"
}

# nginx drops root for www-data, so that user must reach the sockets; anybody else runs nginx as themselves.
prepare() {
    "$project/deploy/setup" >/dev/null || fail "deploy/setup failed"
    build
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    run="$(mktemp --directory /tmp/pspd-load.XXXXXX)"
    chmod 755 "$run"
    mkdir "$run/nginx"
    mkdir --mode=700 "$run/state"
    nginx_user=""
    socket_group="$(id --group --name)"
    if ((EUID == 0)); then
        socket_group=www-data
        nginx_user="user www-data www-data;"
    fi
    pspd_port="$(free_port)"
    wix_port="$(free_port)"
    constant_port="$(free_port)"
    pspd_url="https://localhost:$pspd_port"
    wix_url="https://localhost:$wix_port"
    store="$run/state/pspd.db"
    results="$run/results"
    : >"$results"
    say "$(machine)"
}

machine() {
    local model memory
    model="$(sed --quiet 's/^model name[^:]*: //p' /proc/cpuinfo | head --lines=1)"
    memory="$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)"
    printf '%s: %s cores, %s, %s GB, load average %s' "$name" "$(nproc)" "${model:-unknown processor}" "$memory" \
        "$(cut --delimiter=' ' --fields=1-3 /proc/loadavg)"
}

write_pspd_config() {
    cat >"$run/pspd.yaml" <<YAML
listen: "$run/pspd.sock"
socket-group: "$socket_group"
workers: $workers
threads-per-worker: $threads
store: "$store"
public-base-url: $pspd_url
require-connected-merchant: false
wix:
  app-id: $app_id
  app-secret-file: "$keys/app-secret"
  public-key-files: ["$keys/wix-public.pem"]
  api-base-url: $wix_url
  ca-file: "$keys/ca.pem"
processor: sandbox
${more_pspd_config-}
YAML
}

# wix: emulator, or constant (nginx answers both of Wix's paths by itself).
write_nginx_config() {
    local wix="$1" wix_protocol=" http2" answers=""
    sed 's/fastcgi_pass pspd;/fastcgi_pass constant;/' "$project/nginx/pspd-locations.conf" >"$run/constant-locations.conf"
    if [[ "$wix" == emulator ]]; then
        wix_locations="include \"$project/nginx/wix-emulator-locations.conf\";"
    else
        # `return` answers before the body has come; over HTTP/2 that stalls async-http-client, with or without pspd. A
        # proxy reads the body first, so over HTTP/2 there is one in front.
        answers='default_type application/json;
        location = /oauth/access { return 200 "{\"access_token\":\"constant\"}"; }
        location = /payments/v1/provider-platform-events { return 200 "{}"; }'
        wix_locations="$answers"
        if [[ "${wix_http-1.1}" == 2 ]]; then
            wix_locations="location / { proxy_pass http://unix:$run/answers.sock; }"
            answers="server { listen unix:$run/answers.sock; $answers }"
        else
            wix_protocol="" answers=""
        fi
    fi
    cat >"$run/nginx.conf" <<NGINX
daemon off;
worker_processes $nginx_workers;
$nginx_user
pid "$run/nginx/pid";
error_log "$run/nginx-error.log";
events { worker_connections 4096; }
http {
    access_log off;
    server_tokens off;
    client_body_temp_path "$run/nginx/body";
    fastcgi_temp_path "$run/nginx/fastcgi";
    proxy_temp_path "$run/nginx/proxy";
    scgi_temp_path "$run/nginx/scgi";
    uwsgi_temp_path "$run/nginx/uwsgi";
    ssl_certificate "$keys/server.pem";
    ssl_certificate_key "$keys/server-key.pem";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:pspd_tls:10m;
    ssl_session_tickets off;

    upstream pspd { server "unix:$run/pspd.sock"; }
    server {
        listen 127.0.0.1:$pspd_port ssl http2;
        server_name localhost;
        include "$project/nginx/pspd-locations.conf";
    }

    # The same, in front of a program that answers a constant.
    upstream constant { server "unix:$run/constant.sock"; }
    server {
        listen 127.0.0.1:$constant_port ssl http2;
        server_name localhost;
        include "$run/constant-locations.conf";
    }

    upstream wix_emulator { server "unix:$run/wix-emulator.sock"; }
    server {
        listen 127.0.0.1:$wix_port ssl$wix_protocol;
        server_name localhost;
        keepalive_requests 1000000;
        $wix_locations
    }
    $answers
}
NGINX
}

# MARK: Start

# start NAME COMMAND...: in the background, away from this terminal's Ctrl-C, ended by the kernel should this script be
# killed outright.
start() {
    local program="$1"
    shift
    setsid setpriv --pdeathsig TERM -- "$@" </dev/null >>"$run/$program.log" 2>&1 &
    programs[$program]=$!
}

# wait_for WHAT SECONDS COMMAND...: until COMMAND succeeds.
wait_for() {
    local what="$1" deadline=$((SECONDS + $2)) program
    shift 2
    until "$@"; do
        for program in "${!programs[@]}"; do
            is_running "${programs[$program]}" && continue
            tail --lines=20 "$run/$program.log" "$run/nginx-error.log" >&2 || true
            fail "$program has ended by itself"
        done
        ((SECONDS < deadline)) || fail "$what did not come in time"
        sleep 0.02
    done
}

status_of() {
    curl --disable --noproxy '*' --silent --max-time 5 --cacert "$keys/ca.pem" --output /dev/null \
        --write-out '%{http_code}' "$1"
}
# A worker that listens refuses GET with 405; until then nginx answers 502 in its stead.
pspd_is_ready() { [[ "$(status_of "$pspd_url/v1/create-transaction")" == 405 ]]; }
wix_is_ready() { [[ "$(status_of "$wix_url/emulator/calls?limit=1")" == 200 ]]; }

start_nginx() { start nginx nginx -e "$run/nginx-error.log" -p "$run/" -c "$run/nginx.conf"; }

start_emulator() {
    start wix-emulator "$bin/wix-emulator" serve --listen "$run/wix-emulator.sock" --socket-group "$socket_group" \
        --app-id "$app_id" --app-secret-file "$keys/app-secret" --record "$run/events.jsonl"
    wait_for "an answer from wix-emulator" "$start_seconds" wix_is_ready
}

# start_pspd [OPTION...]: of `pspd serve`.
# shellcheck disable=SC2120
start_pspd() {
    start pspd "$bin/pspd" serve --config "$run/pspd.yaml" "$@"
    wait_for "an answer from pspd" "$start_seconds" pspd_is_ready
}

start_stack() {
    prepare
    write_pspd_config
    write_nginx_config emulator
    start_nginx
    start_emulator
    start_pspd
}

# MARK: Requests

# mint FILE LABEL OPTION...: requests for the tool in use. Each result will carry the label.
mint() {
    local file="$1" label="$2"
    shift 2
    local output=(--format lines)
    if [[ "$tool" == curl ]]; then
        output=(--url "$pspd_url" --ca "$keys/ca.pem" --curl-line http1.1 --curl-line "noproxy = \"*\""
            --curl-line "max-time = 60" --write-out "$label %{http_code} %{exitcode} %{time_total}\\n")
    fi
    "$bin/wix-emulator" mint "$@" --key "$keys/wix-private.pem" "${output[@]}" --output "$file" \
        || fail "minting failed"
}

# shuffle FILE...: the requests of all files in random order.
shuffle() {
    if [[ "$tool" == wrk ]]; then
        cat "$@" | shuf
    else
        cat "$@" | sed 's/^next$/\x00next/' | tail --bytes=+2 | shuf --zero-terminated | tr --delete '\0'
    fi
}

seconds_now() { date +%s.%N; }

# send LABEL EXPECTED FILE: sends the requests once each and adds to the results. EXPECTED is the status of a success.
send() {
    local label="$1" expected="$2" file="$3" begun took
    begun="$(seconds_now)"
    if [[ "$tool" == curl ]]; then
        # Its own exit status is that of its transfers, which the results hold.
        timeout "$send_seconds" curl --disable --parallel --parallel-immediate --parallel-max "$connections" \
            --config "$file" >"$run/sent" 2>"$run/curl.log" || true
        took="$(awk -v from="$begun" -v to="$(seconds_now)" 'BEGIN { print to - from }')"
        awk -v took="$took" -v expected="$expected" '{ print $1, $2, $3, $4, took, expected }' "$run/sent" >>"$results"
    else
        send_with_wrk "$label" "$expected" "$file" once "$send_seconds" >>"$results"
    fi
}

# send_with_wrk LABEL EXPECTED FILE once|cycle SECONDS [URL]: prints a line of wrk.lua's. Two threads, so that the
# sender is no narrower than curl or nginx.
send_with_wrk() {
    local label="$1" expected="$2" file="$3" order="$4" seconds="$5" url="${6-$pspd_url}" senders=2
    ((connections > 1)) || senders=1
    split --number="r/$senders" --numeric-suffixes --suffix-length=1 "$file" "$file."
    timeout "$((seconds + 60))" wrk --threads "$senders" --connections "$connections" --duration "${seconds}s" \
        --timeout 60s --script "$load/wrk.lua" "$url/v1/create-transaction" \
        -- "$label" "$expected" "$file" "$order" "$senders" 2>"$run/wrk.log" | grep '^wrk ' || fail "wrk failed: $(cat "$run/wrk.log")"
}

# MARK: Results

readonly row='%-16s %9s %7s %9s %8s %8s %8s %8s\n'

table() {
    # shellcheck disable=SC2059
    printf "$row" request requests failed "rate/s" "p50 ms" "p95 ms" "p99 ms" "max ms"
    local label
    while read -r label; do
        if [[ "$tool" == wrk ]]; then
            # shellcheck disable=SC2046,SC2059
            printf "$row" $(awk -v label="$label" '$1 == "wrk" && $2 == label { print $2, $3, $4, $5, $6, $7, $8, $9 }' "$results")
        else
            # shellcheck disable=SC2046,SC2059
            printf "$row" $(awk -v label="$label" '$1 == label' "$results" | sort --key=4,4 --general-numeric-sort | awk '
                { ms[NR] = $4 * 1000; if ($2 != $6 || $3 != 0) failed++; took[$5] = 1; label = $1 }
                function at(share, n) { n = int(NR * share + 0.999999); return sprintf("%.1f", ms[n < 1 ? 1 : n]) }
                END {
                    for (round in took) seconds += round
                    print label, NR, failed + 0, sprintf("%.0f", NR / seconds), at(0.5), at(0.95), at(0.99), at(1)
                }')
        fi
    done < <(awk '{ print $1 == "wrk" ? $2 : $1 }' "$results" | sort --unique)
    failures
}

# failures: what went wrong, by kind: an HTTP status, or curl's exit code (man curl, EXIT CODES).
failures() {
    if [[ "$tool" == wrk ]]; then
        awk '$1 == "wrk" && $4 > 0 { print "failed " $2 ": " $10 }' "$results"
    else
        awk '$3 != 0 { kind[$1 ": curl error " $3]++; next } $2 != $6 { kind[$1 ": http " $2]++ }
            END { for (k in kind) print "failed " k " × " kind[k] }' "$results"
    fi
}

failed_requests() {
    if [[ "$tool" == wrk ]]; then awk '{ n += $4 } END { print n + 0 }' "$results"
    else awk '$3 != 0 || $2 != $6 { n++ } END { print n + 0 }' "$results"; fi
}

# MARK: Agreement

query() { sqlite3 -readonly -cmd '.timeout 10000' "$store" "$1"; }

is_settled() {
    [[ "$(query "SELECT (SELECT count(*) FROM events WHERE done_at IS NULL) \
        + (SELECT count(*) FROM operations WHERE settled_at IS NULL)")" == 0 ]]
}

# same WHAT FILE FILE: fails with the first lines that differ.
same() {
    cmp --silent "$2" "$3" || fail "$1 differ; for example: $(diff "$2" "$3" | grep '^[<>]' | head --lines=3)"
    say "  ok  $1: $(wc --lines <"$2")"
}

# is WHAT EXPECTED FOUND
is() {
    [[ "$2" == "$3" ]] || fail "$1: expected $2, found $3"
    say "  ok  $1: $3"
}

# check [PAYMENTS [REFUNDS]]: waits for the last event, then compares the sandbox's book, the store and what Wix took.
# The numbers are the distinct ids that were sent.
check() {
    wait_for "the last event" "$settle_seconds" is_settled
    say "" "afterwards:"
    is "payments stored, each once" "${1-0}" "$(query "SELECT count(DISTINCT wix_transaction_id) || iif(count(*) > \
        count(DISTINCT wix_transaction_id), ' of ' || count(*) || ' rows', '') FROM payments")"
    is "refunds stored, each once" "${2-0}" "$(query "SELECT count(DISTINCT wix_refund_id) || iif(count(*) > \
        count(DISTINCT wix_refund_id), ' of ' || count(*) || ' rows', '') FROM refunds")"
    touch "$store.effects.jsonl" "$run/events.jsonl"
    # One line per effect, so an effect that came twice is a line too many.
    jq --raw-output '"\(.kind) \(.id) \(.amount) \(.currency)"' "$store.effects.jsonl" | sort >"$run/effects"
    query "SELECT 'payment ' || plugin_transaction_id || ' ' || amount || ' ' || currency FROM payments \
        WHERE state = 'approved' UNION ALL SELECT 'refund ' || r.plugin_refund_id || ' ' || r.amount || ' ' \
        || p.currency FROM refunds AS r JOIN payments AS p ON p.id = r.payment_id WHERE r.state = 'succeeded'" \
        | sort >"$run/outcomes"
    same "effects at the processor and outcomes in the store" "$run/effects" "$run/outcomes"
    # With its bytes, and without those that Wix was sent twice.
    query "SELECT body FROM events" | sort >"$run/stored-events"
    jq --raw-output 'select(.status == 200) | .body' "$run/events.jsonl" | sort --unique >"$run/taken-events"
    same "events in the store and events that Wix took" "$run/stored-events" "$run/taken-events"
    is "settled operations without their event" 0 "$(query "SELECT count(*) FROM operations AS o LEFT JOIN \
        (SELECT operation_id, count(*) AS count FROM events WHERE final GROUP BY operation_id) AS e \
        ON e.operation_id = o.id WHERE e.count IS NOT 1")"
    is "conflicts" 0 "$(query "SELECT count(*) FROM conflicts")"
    if "$bin/pspd" --help | grep --quiet "^  store "; then
        "$bin/pspd" store check --config "$run/pspd.yaml" >"$run/check.log" || fail "pspd store check: $(cat "$run/check.log")"
        say "  ok  pspd store check"
    fi
    is "failed requests" 0 "$(failed_requests)"
}
