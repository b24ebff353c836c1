// How much runs at once. All tests of a target are started together; on a small machine they would take from each other
// the very seconds after which things are to happen.

package import Testing

/// Lets a few in at a time; the others wait in the order in which they came.
package actor Turns {
    /// Stacks that belong to one test: more would only wait for the processors.
    static let stacks = Turns(countMax: 3)
    /// Tests that call a stack, their own or a shared one.
    fileprivate static let tests = Turns(countMax: 10)

    private let countMax: Int
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(countMax: Int) { self.countMax = countMax }

    nonisolated func with<T>(_ body: () async throws -> T) async throws -> T {
        await begin()
        do {
            let value = try await body()
            await end()
            return value
        } catch {
            await end()
            throw error
        }
    }

    private func begin() async {
        if running < countMax {
            running += 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func end() {
        if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
    }
}

/// Each case of a suite's tests waits for its turn.
package struct InTurn: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Turns.tests.with(function)
    }
}

extension Trait where Self == InTurn {
    /// Only a few of these tests run at once.
    package static var inTurn: Self { InTurn() }
}
