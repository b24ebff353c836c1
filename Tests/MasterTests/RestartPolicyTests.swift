// When a child is started again: a table of lives and the delays after them.

@testable import Master
import Testing

@Suite("Restart policy")
struct RestartPolicyTests {
    /// How long a child ran each time, and the delay that followed, both in seconds.
    struct History: Sendable, CustomTestStringConvertible {
        let name: String
        let lives: [Double]
        let delays: [Double]
        var testDescription: String { name }
    }

    static let histories = [
        History(name: "one crash", lives: [0], delays: [0.1]),
        History(
            name: "crash after crash doubles up to the limit",
            lives: [0, 0.1, 0, 9.9, 0, 0, 0, 0, 0], delays: [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
        ),
        History(name: "a healthy life starts anew", lives: [0, 0, 10, 0], delays: [0.1, 0.2, 0.1, 0.2]),
        History(name: "a crash after long health", lives: [86_400], delays: [0.1]),
    ]

    @Test("The delay follows the lives of the child", arguments: histories)
    func delays(_ history: History) {
        var policy = RestartPolicy()
        #expect(history.lives.map { policy.delaySeconds(afterRunning: $0) } == history.delays)
    }
}
