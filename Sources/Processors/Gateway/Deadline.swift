// One deadline around several awaits. For the gateway client, whose library ends its own at the answer's head.

/// The time was up.
struct DeadlineExceeded: Error {}

/// Runs `body` for at most `seconds`, then cancels it and throws `DeadlineExceeded`.
func withDeadline<Value: Sendable>(
    seconds: Double, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw DeadlineExceeded()
        }
        guard let first = try await group.next() else { throw DeadlineExceeded() }
        return first
    }
}
