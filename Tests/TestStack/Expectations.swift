// What tests of a stack have in common: an approved payment to begin with, the sandbox's book, and the logs of a failure.

package import Testing

extension Stack {
    /// Pays and expects an approval; with the request and the plugin id.
    package func approved(
        _ card: String = Sample.approvedCard, amount: Int64 = 4250, authorizeOnly: Bool = false
    ) async throws -> (payment: JSON, pluginID: String) {
        let payment = try Sample.payment(card).setting("order.description.totalAmount", .integer(amount))
            .setting("authorizeOnly", .bool(authorizeOnly))
        let answer = try await call(.create, payment)
        try #require(answer.status == 200 && answer.reason == nil, "\(answer)")
        return (payment, try #require(answer.pluginID))
    }
}

/// A line of the sandbox's book, but for its time.
package func effect(_ kind: String, _ id: String, _ amount: Int64, _ currency: String = "EUR") -> JSON {
    ["kind": .string(kind), "id": .string(id), "amount": .integer(amount), "currency": .string(currency)]
}

extension [JSON] {
    /// Book lines without their times.
    package var timeless: [JSON] { map { $0.setting("time", nil) } }
}

extension Trait where Self == IssueHandlingTrait {
    /// A failure keeps the logs of every stack, whose folders are named at the end.
    package static var keepingLogs: Self {
        .compactMapIssues { issue in
            RunEnd.noteFailure()
            return issue
        }
    }
}
