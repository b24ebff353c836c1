# Fills a store with settled payments, quickly and by SQL alone, for Tests/load/benchmark (many delivered) and drain
# (many to deliver). The rows are those of an approved payment of `wix-emulator mint`. Sourced, never run.
# shellcheck shell=bash

# fill STORE COUNT delivered|queued: into a store that pspd has made and nobody has open. Syncs once, at the end.
fill() {
    local file="$1" count="$2" state="$3" indexes
    # Indexes are built afterwards, sorted; their definitions stay the store's own.
    indexes="$(sqlite3 "$file" "SELECT sql || ';' FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")"
    sqlite3 "$file" "SELECT 'DROP INDEX ' || name || ';' FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL" \
        >"$file.fill.sql"
    cat >>"$file.fill.sql" <<SQL
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -2000000;
BEGIN;
-- Ids are random in their first 64 bits and end in the row's number. n.r is drawn once a row.
WITH RECURSIVE
    first(id, now) AS (SELECT ifnull(max(id), 0) + 1, unixepoch() * 1000 - 60000 FROM operations),
    n(i, r) AS (SELECT (SELECT id FROM first), random() UNION ALL
        SELECT i + 1, random() FROM n WHERE i < (SELECT id FROM first) + $count - 1)
INSERT INTO operations (id, kind, key, key_hash, generation, claimed_at, settled_at)
    SELECT i, 'create', printf('%08x-%04x-4%03x-9%03x-%012x', r >> 32 & 0xffffffff, r >> 16 & 0xffff, r & 0xfff,
        r >> 4 & 0xfff, i), r, 1, (SELECT now FROM first), (SELECT now FROM first) FROM n;
CREATE TEMP TABLE filled AS SELECT max(id) - $count AS before FROM operations;
INSERT INTO payments (id, wix_transaction_id, plugin_transaction_id, wix_merchant_id, mode, amount, currency,
        authorize_only, state, success_url, error_url, cancel_url, pending_url, request_id, created_at, updated_at)
    SELECT id, key, printf('%016x%016x', key_hash, id), 'demo-merchant', 'sandbox', 4250, 'EUR', 0, 'approved',
        'https://localhost:8444/emulator/return/success?wixTransactionId=' || key,
        'https://localhost:8444/emulator/return/error?wixTransactionId=' || key,
        'https://localhost:8444/emulator/return/cancel?wixTransactionId=' || key,
        'https://localhost:8444/emulator/return/pending?wixTransactionId=' || key,
        printf('%016x%016x', id, key_hash), claimed_at, settled_at
    FROM operations WHERE id > (SELECT before FROM filled);
INSERT INTO events (payment_id, operation_id, kind, final, wix_transaction_id, request_id, body, state, due_at,
        step_ms, queued_at, tries, attempts, created_at, done_at)
    SELECT id, id, 'transaction', 1, wix_transaction_id, request_id, '{"event":{"transaction":{"pluginTransactionId":"'
        || plugin_transaction_id || '","wixTransactionId":"' || wix_transaction_id || '"}}}', '$state', updated_at,
        1000, updated_at, '$state' = 'delivered', '$state' = 'delivered', updated_at,
        iif('$state' = 'delivered', updated_at, NULL)
    FROM payments WHERE id > (SELECT before FROM filled);
INSERT INTO attempts (event_id, at, stage, status, milliseconds)
    SELECT id, done_at, 'submit', 200, 5 FROM events
    WHERE state = 'delivered' AND operation_id > (SELECT before FROM filled);
COMMIT;
$indexes
PRAGMA synchronous = FULL;
PRAGMA journal_mode = WAL;
SQL
    sqlite3 -bail "$file" <"$file.fill.sql" >/dev/null || fail "the store could not be filled"
    rm "$file.fill.sql"
    sync "$file"
}
