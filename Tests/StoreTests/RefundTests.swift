import Payments
import Store
import Testing
import WixPayments

@Suite("Refunds")
struct RefundTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    @Test("Fifty refunds at once never give back more than was taken")
    func sums() async throws {
        try await store.make("a", Sample.approved, amount: 1_000)
        let succeeded = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let amount = Int64(30 + number)
                    guard
                        case .claimed(let claim, _, _) = try await store.claim(
                            Sample.refund("r\(number)", of: "a", amount), now: Sample.now)
                    else { return 0 }
                    // Every third one fails, and what it had reserved is free again.
                    let outcome: RefundOutcome = number % 3 == 0 ? .failed(Failure(.generalError)) : .succeeded
                    _ = try await store.settle(claim, outcome, requestID: nil, now: Sample.now)
                    return outcome == .succeeded ? amount : 0
                }
            }
            return try await group.reduce(0, +)
        }
        let payment = try store.record("a").payment
        #expect(payment.refunded == succeeded)
        #expect(payment.refunding == 0)
        #expect(succeeded <= 1_000)
        #expect(try StoreInspector(path: folder.store).check().isSound)
    }

    @Test(
        "What may not be refunded is refused in its commit, with its event",
        arguments: [
            ("unknown", "x", 10 as Int64?, 6000), ("above the remainder", "paid", 1_001, 3022),
            ("not paid", "declined", 10, 3022), ("all gone", "empty", 1, 3023),
        ])
    func refusals(_ name: String, _ payment: String, _ amount: Int64?, _ code: Int) async throws {
        try await store.make("paid", Sample.approved)
        try await store.make("declined", Sample.declined)
        try await store.make("empty", Sample.approved)
        let all = try await store.claimRefund(Sample.refund("all", of: "empty", nil))
        _ = try await store.settle(all, .succeeded, requestID: nil, now: Sample.now)
        guard
            case .refused(let record, let event) = try await store.claim(
                Sample.refund("r", of: payment, amount), now: Sample.now),
            case .failed(let failure) = record.refund.state
        else { throw Unexpected("\(name) was claimed") }
        #expect(failure.code.rawValue == code)
        #expect(event != nil)
        guard
            case .existing(_, let repeated) = try await store.claim(
                Sample.refund("r", of: payment, amount), now: Sample.now)
        else { throw Unexpected("\(name) was not known") }
        #expect(repeated.refund.state == record.refund.state)
    }

    @Test("An absent amount refunds what remains")
    func remainder() async throws {
        try await store.make("a", Sample.approved)
        let first = try await store.claimRefund(Sample.refund("1", of: "a", 300))
        guard case .claimed(_, let rest, _) = try await store.claim(Sample.refund("2", of: "a", nil), now: Sample.now)
        else { throw Unexpected("not claimed") }
        #expect(rest.refund.amount == 700)
        _ = try await store.settle(first, .succeeded, requestID: nil, now: Sample.now)
        #expect(try store.record("a").payment.refundable == 0)
    }

    @Test("The other outcome after a refund has ended is kept as a conflict", arguments: [true, false])
    func contradiction(_ succeededFirst: Bool) async throws {
        try await store.make("a", Sample.approved)
        let claim = try await store.claimRefund(Sample.refund("r", of: "a", 100))
        let failed = RefundOutcome.failed(Failure(.generalError))
        let first = succeededFirst ? .succeeded : failed
        _ = try await store.settle(claim, first, requestID: nil, now: Sample.now)
        guard case .unchanged = try await store.settle(claim, first, requestID: nil, now: Sample.now) else {
            throw Unexpected("settled twice")
        }
        guard
            case .conflict(let record) = try await store.settle(
                claim, succeededFirst ? failed : .succeeded, source: .lookup, requestID: nil, now: Sample.now)
        else { throw Unexpected("no conflict") }
        #expect((record.refund.state == .succeeded) == succeededFirst)
        #expect(try store.openConflicts(limit: 10).map(\.source) == ["lookup"])
        #expect(try store.record("a").payment.refunded == (succeededFirst ? 100 : 0))
    }
}
