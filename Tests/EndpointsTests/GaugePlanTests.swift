// The store's numbers at a scrape cost the same with ten million payments: no table is read from end to end.

import GRDB
import Testing

@testable import Store

@Suite("Plans of the gauges' queries") struct GaugePlanTests {
    @Test(
        "A query runs along an index of what is open, or stops at a limit",
        arguments: [
            (StoreGauges.openEvents(ends: [1, 2]), "events_open"), (StoreGauges.claims, "operations_running"),
            (StoreGauges.openPayments, "payments_check"), (StoreGauges.openConflicts, "conflicts_open"),
            (StoreGauges.latestConflicts, "conflicts_open"), (StoreGauges.latestFailures, "PRIMARY KEY (rowid>?)"),
        ])
    func plans(_ sql: String, index: String) throws {
        let test = try TestService()
        let steps = try test.store.read { db in
            try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN " + sql,
                arguments: StatementArguments(Array(repeating: "queued", count: sql.contains("?") ? 1 : 0))
            ).map { $0["detail"] as String }
        }
        #expect(steps.contains { $0.contains(index) }, "\(steps)")
        // A scan is of an index, of a subquery that has a limit, or of the outermost rows that one named.
        let tables = steps.filter { $0.hasPrefix("SCAN") && !$0.contains("USING") && !$0.contains("(subquery") }
        #expect(tables.isEmpty, "\(steps)")
    }
}
