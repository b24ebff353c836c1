// The rules between the store's rows, each as a query for what breaks it. A query yields one text a row: the id that an
// operator can look for. `:horizon` is the time before which retention may have taken events.

struct CheckRule {
    let name: String
    let meaning: String
    let sql: String

    static let all = keys + states + refunds + actions + events

    // MARK: The idempotency cache

    private static let keys = [
        CheckRule(
            name: "one-operation-per-key", meaning: "no Wix id is claimed twice",
            sql: """
                SELECT a.key FROM operations AS a JOIN operations AS b \
                ON b.key_hash = a.key_hash AND b.id > a.id AND b.kind = a.kind AND b.key = a.key \
                WHERE a.key_hash IS NOT NULL
                """),
        CheckRule(
            name: "one-attempt-per-key", meaning: "no capture or void attempt is claimed twice",
            sql:
                "SELECT key FROM operations WHERE key_hash IS NULL AND kind IN ('capture', 'void') GROUP BY key HAVING count(*) > 1"
        ),
        CheckRule(
            name: "create-has-payment", meaning: "every Create operation has its payment",
            sql: """
                SELECT o.key FROM operations AS o LEFT JOIN payments AS p ON p.id = o.id \
                WHERE o.kind = 'create' AND p.wix_transaction_id IS NOT o.key
                """),
        CheckRule(
            name: "payment-has-create", meaning: "every payment has its Create operation",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p LEFT JOIN operations AS o ON o.id = p.id \
                WHERE o.kind IS NOT 'create'
                """),
        CheckRule(
            name: "key-is-found", meaning: "every payment is found by its id",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p JOIN operations AS o ON o.id = p.id \
                WHERE o.key_hash IS NULL \
                OR (p.imported_at IS NULL AND o.key_hash IS NOT key_hash_of(p.plugin_transaction_id))
                """),
        CheckRule(
            name: "refund-has-operation",
            meaning: "every refund has its operation, and every refund operation its refund",
            sql: """
                SELECT r.plugin_refund_id FROM refunds AS r LEFT JOIN operations AS o ON o.id = r.id \
                WHERE o.kind IS NOT 'refund' OR o.payment_id IS NOT r.payment_id UNION ALL \
                SELECT o.key FROM operations AS o LEFT JOIN refunds AS r ON r.id = o.id \
                WHERE o.kind = 'refund' AND r.id IS NULL
                """),
    ]

    // MARK: States

    private static let states = [
        CheckRule(
            name: "claimed-runs", meaning: "a claimed payment's operation runs, a final one's is settled",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p JOIN operations AS o ON o.id = p.id \
                WHERE (p.state = 'claimed' AND o.settled_at IS NOT NULL) \
                OR (p.state NOT IN ('claimed', 'pending') AND o.settled_at IS NULL)
                """),
        CheckRule(
            name: "running-is-watched",
            meaning: "what runs has an owner or a time for its look-up, what is settled neither",
            sql: """
                SELECT key FROM operations WHERE settled_at IS NULL AND owner IS NULL AND lookup_at IS NULL UNION ALL \
                SELECT key FROM operations WHERE settled_at IS NOT NULL AND (owner IS NOT NULL OR lookup_at IS NOT NULL)
                """),
        CheckRule(
            name: "open-is-watched", meaning: "a pending or redirected payment is asked about",
            sql: """
                SELECT wix_transaction_id FROM payments \
                WHERE (state IN ('pending', 'redirected')) IS NOT (check_at IS NOT NULL) \
                OR (state = 'redirected') IS NOT (expires_at IS NOT NULL)
                """),
    ]

    // MARK: Refunds

    private static let charged = """
        CASE p.state WHEN 'approved' THEN ifnull(p.amount, 0) WHEN 'captured' THEN ifnull(p.captured, 0) ELSE 0 END
        """

    private static let refunds = [
        CheckRule(
            name: "refund-runs", meaning: "a claimed refund's operation runs, an ended one's is settled",
            sql: """
                SELECT r.plugin_refund_id FROM refunds AS r JOIN operations AS o ON o.id = r.id \
                WHERE (r.state = 'claimed') IS NOT (o.settled_at IS NULL)
                """),
        CheckRule(
            name: "refund-sums", meaning: "a payment's refunded and reserved amounts are the sums of its refunds",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p LEFT JOIN \
                (SELECT payment_id, sum(CASE state WHEN 'succeeded' THEN amount ELSE 0 END) AS refunded, \
                sum(CASE state WHEN 'claimed' THEN amount ELSE 0 END) AS refunding FROM refunds \
                WHERE payment_id IS NOT NULL GROUP BY payment_id) AS sums ON sums.payment_id = p.id \
                WHERE p.retired_at IS NULL AND (p.refunding <> ifnull(sums.refunding, 0) \
                OR p.refunded < ifnull(sums.refunded, 0) \
                OR (p.imported_at IS NULL AND p.refunded > ifnull(sums.refunded, 0)))
                """),
        CheckRule(
            name: "refunds-within-charge",
            meaning: "no more goes back than was taken, but for what a conflict tells of",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p \
                WHERE p.refunded + p.refunding > \(charged) AND p.retired_at IS NULL \
                AND NOT EXISTS (SELECT 1 FROM conflicts AS c WHERE c.payment_id = p.id)
                """),
    ]

    // MARK: Captures and voids

    private static let actions = [
        CheckRule(
            name: "acting-runs", meaning: "a payment is capturing or voiding exactly while such an attempt runs",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p WHERE p.state IN ('capturing', 'voiding') AND NOT EXISTS \
                (SELECT 1 FROM operations AS o WHERE o.settled_at IS NULL AND o.payment_id = p.id \
                AND o.kind = CASE p.state WHEN 'capturing' THEN 'capture' ELSE 'void' END) UNION ALL \
                SELECT o.key FROM operations AS o JOIN payments AS p ON p.id = o.payment_id WHERE o.settled_at IS NULL \
                AND o.kind IN ('capture', 'void') \
                AND p.state <> CASE o.kind WHEN 'capture' THEN 'capturing' ELSE 'voiding' END
                """),
        CheckRule(
            name: "captured-has-capture", meaning: "a captured amount is that of a capture that succeeded",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p WHERE p.state = 'captured' AND p.retired_at IS NULL \
                AND p.imported_at IS NULL AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.payment_id = p.id \
                AND o.kind = 'capture' AND o.settled_at IS NOT NULL AND o.reason_code IS NULL AND o.amount = p.captured)
                """),
        CheckRule(
            name: "attempts-are-counted", meaning: "a payment's attempts are its captures and voids",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p WHERE p.retired_at IS NULL AND p.attempts <> \
                (SELECT count(*) FROM operations AS o WHERE o.payment_id = p.id AND o.kind IN ('capture', 'void'))
                """),
    ]

    // MARK: Events

    private static let events = [
        CheckRule(
            name: "outcome-has-event", meaning: "Wix is told every payment's outcome exactly once",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p JOIN operations AS o ON o.id = p.id \
                WHERE p.imported_at IS NULL AND o.settled_at >= :horizon \
                AND (SELECT count(*) FROM events AS e WHERE e.payment_id = p.id AND e.kind = 'transaction' AND e.final) \
                <> (p.state NOT IN ('claimed', 'redirected', 'pending'))
                """),
        CheckRule(
            name: "pending-has-event", meaning: "Wix is told that a payment is pending",
            sql: """
                SELECT p.wix_transaction_id FROM payments AS p WHERE p.state = 'pending' AND p.imported_at IS NULL \
                AND p.updated_at >= :horizon AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.payment_id = p.id \
                AND e.kind = 'transaction' AND NOT e.final AND e.operation_id = p.id) AND p.created_at >= :horizon
                """),
        CheckRule(
            name: "operation-has-event", meaning: "Wix is told of every refund, capture and void exactly once",
            sql: """
                SELECT o.key FROM operations AS o WHERE o.kind <> 'create' AND o.settled_at >= :horizon \
                AND (SELECT count(*) FROM events AS e WHERE e.operation_id = o.id AND e.payment_id IS o.payment_id \
                AND e.kind = o.kind) <> 1
                """),
        CheckRule(
            name: "event-tells-the-outcome", meaning: "a final event's reason code is the stored one",
            sql: """
                SELECT e.wix_transaction_id FROM events AS e JOIN payments AS p ON p.id = e.payment_id \
                WHERE e.kind = 'transaction' AND e.final \
                AND json_extract(e.body, '$.event.transaction.reasonCode') IS NOT \
                CASE WHEN p.state IN ('declined', 'canceled', 'expired') THEN p.reason_code END UNION ALL \
                SELECT e.wix_transaction_id FROM events AS e JOIN refunds AS r ON r.id = e.operation_id \
                WHERE e.kind = 'refund' AND (json_extract(e.body, '$.event.refund.reasonCode') IS NOT r.reason_code \
                OR json_extract(e.body, '$.event.refund.amount') IS NOT CAST(ifnull(r.amount, 0) AS TEXT)) UNION ALL \
                SELECT e.wix_transaction_id FROM events AS e JOIN operations AS o ON o.id = e.operation_id \
                WHERE e.kind = o.kind AND e.kind IN ('capture', 'void') \
                AND json_extract(e.body, '$.event.' || e.kind || '.reasonCode') IS NOT o.reason_code
                """),
        CheckRule(
            name: "open-event-waits", meaning: "an event is open until it is delivered, superseded or discarded",
            sql: """
                SELECT wix_transaction_id FROM events \
                WHERE (state IN ('delivered', 'superseded', 'discarded')) IS NOT (done_at IS NOT NULL)
                """),
        CheckRule(
            name: "delivered-has-attempt", meaning: "a delivered event has the attempt that delivered it",
            sql: """
                SELECT e.wix_transaction_id FROM events AS e WHERE e.state = 'delivered' \
                AND NOT EXISTS (SELECT 1 FROM attempts AS a WHERE a.event_id = e.id AND a.error IS NULL)
                """),
        CheckRule(
            name: "attempt-has-event", meaning: "every attempt belongs to an event",
            sql: "SELECT 'event ' || event_id FROM attempts WHERE event_id NOT IN (SELECT id FROM events)"),
    ]
}
