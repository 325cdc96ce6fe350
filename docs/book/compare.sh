#!/usr/bin/env bash
# `cargo book` beside nginx, with the same files, on one core each: requests a second, and what a request costs its
# server in CPU. It prints medians of rounds in which the servers take turns, and ours divided by theirs.
#
#     docs/book/compare.sh [ROUNDS [SECONDS]]
#
# It wants nginx and wrk (Debian: apt-get install nginx-light wrk).
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5} seconds=${2:-3} connections=64

for tool in nginx wrk curl; do
    command -v "$tool" >/dev/null || { echo "There is no $tool here." >&2; exit 1; }
done
cargo build --quiet --release --manifest-path docs/book/Cargo.toml --target-dir target/book-tool

scratch=$(mktemp -d)
ours= theirs=
cleanup() {
    for process in $ours $theirs; do kill -INT "$process" 2>/dev/null || true; done
    wait
    rm -rf "$scratch"
}
trap cleanup EXIT

wait_for() { # wait_for COMMAND: until it succeeds
    for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
    echo "It does not begin: $*" >&2
    exit 1
}

target/book-tool/release/cargo-book --port 21000 >"$scratch/said" &
ours=$!
wait_for grep http "$scratch/said"
our_port=$(sed -n 's|.*127.0.0.1:\([0-9]*\).*|\1|p' "$scratch/said")

# What is read by a user without rights, below a folder that may be root's own, and from files that nobody writes.
mkdir "$scratch/files"
cp -rL target/book target/src "$scratch/files"
chmod -R a+rX "$scratch"
their_port=$((our_port + 1))
# As fast as it gets: one process, no log, files kept open, connections that last.
cat >"$scratch/nginx.conf" <<END
daemon off;
master_process off;
pid $scratch/nginx.pid;
error_log $scratch/nginx.log;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    server { listen 127.0.0.1:$their_port; root $scratch/files; }
}
END
nginx -c "$scratch/nginx.conf" -e "$scratch/nginx.log" &
theirs=$!
wait_for curl -fsI "http://127.0.0.1:$their_port/book/"

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # the CPU that a process has used, in hundredths of a second

measure() { # measure WORK NAME PROCESS PORT PATH [HEADER]: a line "work server requests-a-second microseconds"
    local before after header=() said
    [[ -z ${6:-} ]] || header=(-H "$6")
    before=$(ticks "$3")
    said=$(wrk -t1 -c$connections -d"${seconds}s" --timeout 60s "${header[@]}" "http://127.0.0.1:$4$5")
    after=$(ticks "$3")
    if grep -q 'Socket errors\|Non-2xx' <<<"$said" && [[ $1 != *304* ]]; then
        printf '%s %s:\n%s\n' "$1" "$2" "$said" >&2
        exit 1
    fi
    awk -v work="$1" -v server="$2" -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
        / requests in / { requests = $1 }
        /^Requests\/sec/ { rate = $2 }
        END { printf "%s\t%s\t%f\t%f\n", work, server, rate, ticks / hertz * 1e6 / requests }' <<<"$said"
}

tag() { curl -sI "http://127.0.0.1:$1$2" | tr -d '\r' | sed -n 's/^etag: //Ip'; }

index=$(cd target && echo book/searchindex-*.js)
page=/book/09-time/README.html
for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    for server in "ours $ours $our_port" "theirs $theirs $their_port"; do
        read -r name process port <<<"$server"
        measure "a source, $(stat -Lc %s target/src/lib.rs) bytes" "$name" "$process" "$port" /src/lib.rs
        measure "a page, $(stat -c %s target$page) bytes" "$name" "$process" "$port" $page
        measure "the page, which the client has (304)" "$name" "$process" "$port" $page "If-None-Match: $(tag "$port" $page)"
        measure "the search index, $(stat -c %s "target/$index") bytes" "$name" "$process" "$port" "/$index"
    done
done >"$scratch/results"

awk -F '\t' '
    function median(key, column,   n, values, i, j, value) {
        n = split(found[key, column], values, " ")
        for (i = 2; i <= n; i++) {
            value = values[i]
            for (j = i - 1; j > 0 && values[j] + 0 > value + 0; j--) values[j + 1] = values[j]
            values[j + 1] = value
        }
        return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
    }
    !($1 in seen) { seen[$1]; works[++count] = $1 }
    { found[$1 FS $2, "rate"] = found[$1 FS $2, "rate"] " " $3; found[$1 FS $2, "cpu"] = found[$1 FS $2, "cpu"] " " $4 }
    END {
        print "| work | requests a second | nginx | ratio | CPU a request, µs | nginx | ratio |"
        print "|---|---:|---:|---:|---:|---:|---:|"
        for (i = 1; i <= count; i++) {
            ours = works[i] FS "ours"; theirs = works[i] FS "theirs"
            rate = median(ours, "rate"); their_rate = median(theirs, "rate")
            cpu = median(ours, "cpu"); their_cpu = median(theirs, "cpu")
            printf "| %s | %d | %d | %.2f | %.1f | %.1f | %.2f |\n", works[i], rate, their_rate, rate / their_rate, cpu, their_cpu, cpu / their_cpu
        }
    }' "$scratch/results"
