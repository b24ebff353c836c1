// The tables, as GRDB migrations. Readable by the `sqlite3` command; times are milliseconds since 1970, amounts minor
// units.
//
// Rows are appended to rowid tables and updated while their page is still warm; the one index on a random key is
// `operations_key` (design, The store). A payment and its Create operation share one rowid, so a payment is found by
// either id through that index.

import GRDB

enum Schema {
    /// Says in the file's header that it is a store of pspd: the letters `pspd`.
    static let applicationID: Int32 = 0x7073_7064

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: version1)
        }
        migrator.registerMigration("2") { db in
            // No buyer is there who could be sent to a page.
            try db.execute(sql: "ALTER TABLE payments ADD COLUMN unattended INTEGER NOT NULL DEFAULT 0")
        }
        return migrator
    }

    private static let version1 = """
        -- The idempotency cache: who may act, once, on what.
        CREATE TABLE operations (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,                 -- create, refund, capture, void
            key TEXT NOT NULL,                  -- wixTransactionId, wixRefundId, <id>:capture:<n>, <id>:void:<n>
            key_hash INTEGER,                   -- 64 bits of the plugin id; NULL for capture and void
            payment_id INTEGER,                 -- payments.id; NULL for a refund of an unknown payment
            amount INTEGER,                     -- of a capture or void
            generation INTEGER NOT NULL,        -- who settles must know it
            owner INTEGER,                      -- byte of the owners file that its process holds; NULL: handed over
            claimed_at INTEGER NOT NULL,
            settled_at INTEGER,                 -- NULL: running
            lookup_at INTEGER,                  -- handed over: when the processor is asked next
            lookups INTEGER NOT NULL DEFAULT 0,
            not_found_at INTEGER,               -- the processor said it never received it
            reason_code INTEGER,                -- of a capture or void that failed
            error_code TEXT,
            error_message TEXT
        ) STRICT;
        CREATE INDEX operations_key ON operations (key_hash) WHERE key_hash IS NOT NULL;
        CREATE INDEX operations_running ON operations (id) WHERE settled_at IS NULL;
        -- A payment's refunds, captures and voids.
        CREATE INDEX operations_payment ON operations (payment_id) WHERE payment_id IS NOT NULL;
        CREATE INDEX operations_lookup ON operations (lookup_at) WHERE lookup_at IS NOT NULL;

        CREATE TABLE payments (
            id INTEGER PRIMARY KEY,             -- the Create operation's id
            wix_transaction_id TEXT NOT NULL,
            plugin_transaction_id TEXT NOT NULL,
            wix_merchant_id TEXT,
            mode TEXT NOT NULL,
            amount INTEGER,
            currency TEXT,
            authorize_only INTEGER NOT NULL,
            state TEXT NOT NULL,
            reason_code INTEGER,
            error_code TEXT,
            error_message TEXT,
            redirect_url TEXT,                  -- the buyer's page; kept while what was paid there is pending
            evidence TEXT,                      -- JSON: credentialsOnFile, cardDetails
            captured INTEGER,
            refunded INTEGER NOT NULL DEFAULT 0,
            refunding INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            success_url TEXT,                   -- where the buyer may be sent back to
            error_url TEXT,
            cancel_url TEXT,
            pending_url TEXT,
            request_id TEXT,                    -- of the call that began it; later events carry it too
            processor_state TEXT,               -- the processor's own, opaque here
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            check_at INTEGER,                   -- pending or redirected: when the processor is asked next
            checks INTEGER NOT NULL DEFAULT 0,
            expires_at INTEGER,                 -- redirected: when an abandoned page is canceled
            imported_at INTEGER,                -- came from another system, with a plugin id of that one
            retired_at INTEGER                  -- shrunk by retention
        ) STRICT;
        CREATE INDEX payments_check ON payments (check_at) WHERE check_at IS NOT NULL;
        CREATE INDEX payments_expiry ON payments (expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX payments_imported ON payments (plugin_transaction_id) WHERE imported_at IS NOT NULL;
        -- What retention has not been through; grows and shrinks at its ends.
        CREATE INDEX payments_kept ON payments (created_at) WHERE retired_at IS NULL;

        CREATE TABLE refunds (
            id INTEGER PRIMARY KEY,             -- its operation's id
            payment_id INTEGER,
            wix_transaction_id TEXT NOT NULL,
            wix_refund_id TEXT,                 -- NULL: begun at the PSP
            plugin_refund_id TEXT NOT NULL,
            amount INTEGER,
            state TEXT NOT NULL,                -- claimed, succeeded, failed
            reason_code INTEGER,
            error_code TEXT,
            error_message TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX refunds_payment ON refunds (payment_id);

        CREATE TABLE accounts (
            wix_merchant_id TEXT NOT NULL,
            mode TEXT NOT NULL,
            account_id TEXT NOT NULL,
            country TEXT,
            currency TEXT,
            connected_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (wix_merchant_id, mode)
        ) STRICT, WITHOUT ROWID;

        -- The outbox: what Wix has to hear, written in the commit of what it tells.
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            payment_id INTEGER,
            operation_id INTEGER,
            kind TEXT NOT NULL,                 -- transaction, refund, capture, void
            final INTEGER NOT NULL,             -- 0: a pending transaction event
            wix_transaction_id TEXT NOT NULL,
            request_id TEXT,                    -- of the call that caused it
            body TEXT NOT NULL,                 -- the exact bytes that Wix gets
            state TEXT NOT NULL,                -- queued, waiting, blocked, held, dead; delivered, superseded, discarded
            due_at INTEGER NOT NULL,            -- not before
            step_ms INTEGER NOT NULL,           -- how far ahead due_at was set; further than that, a clock jumped
            queued_at INTEGER NOT NULL,         -- made, or replayed by an operator: its age for giving up
            tries INTEGER NOT NULL DEFAULT 0,   -- since queued_at: its place in the retry schedule
            attempts INTEGER NOT NULL DEFAULT 0, -- in all
            error TEXT,                         -- class of the last attempt's error
            created_at INTEGER NOT NULL,
            done_at INTEGER                     -- delivered, superseded or discarded; NULL: open
        ) STRICT;
        -- What is due, the backlog and its age, and held and dead events, at the cost of what is open alone.
        CREATE INDEX events_open ON events (state, due_at, created_at, final, payment_id) WHERE done_at IS NULL;
        CREATE INDEX events_payment ON events (payment_id);

        CREATE TABLE attempts (
            id INTEGER PRIMARY KEY,
            event_id INTEGER NOT NULL,
            at INTEGER NOT NULL,
            stage TEXT NOT NULL,                -- token, submit
            status INTEGER,                     -- HTTP status; NULL: no answer
            error TEXT,                         -- error class; NULL: delivered
            milliseconds INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX attempts_event ON attempts (event_id);

        -- The courier's own account of itself, for `/status` and for its next start.
        CREATE TABLE courier_status (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            seen_at INTEGER NOT NULL,           -- its last heartbeat
            status TEXT NOT NULL                -- JSON
        ) STRICT;

        CREATE TABLE notifications (
            id INTEGER PRIMARY KEY,
            webhook_id TEXT NOT NULL UNIQUE,
            at INTEGER NOT NULL
        ) STRICT;

        -- Late outcomes that contradict what Wix was told for good: an operator has to look at each.
        CREATE TABLE conflicts (
            id INTEGER PRIMARY KEY,
            payment_id INTEGER,
            at INTEGER NOT NULL,
            source TEXT NOT NULL,               -- OutcomeSource
            state TEXT NOT NULL,                -- what Wix was told
            outcome TEXT NOT NULL,              -- what came instead
            resolved_at INTEGER
        ) STRICT;
        CREATE INDEX conflicts_open ON conflicts (id) WHERE resolved_at IS NULL;
        CREATE INDEX conflicts_payment ON conflicts (payment_id);

        -- Numbers that the store keeps about itself; see Marks.swift.
        CREATE TABLE marks (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
