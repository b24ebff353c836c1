import Payments
import Store
import Testing
import WixPayments

@Suite("Captures and voids")
struct ActionTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    @Test("A capture and a void that cross: one runs, the other hears that it is busy")
    func crossed() async throws {
        for round in 0..<20 {
            let id = "p\(round)"
            try await store.make(id, Sample.authorized)
            async let capture = store.claim(Sample.action(.capture, of: id), now: Sample.now)
            async let void = store.claim(Sample.action(.void, of: id), now: Sample.now)
            var claimed = 0
            for claim in try await [capture, void] {
                switch claim {
                case .claimed: claimed += 1
                case .forbidden(let decision, let running):
                    #expect(decision == .busy)
                    #expect(running != nil)
                default: throw Unexpected("\(claim)")
                }
            }
            #expect(claimed == 1)
        }
    }

    @Test("A failed attempt leaves the authorization, and the next call is a new attempt")
    func retries() async throws {
        try await store.make("a", Sample.authorized)
        let first = try await store.claimAction(Sample.action(.capture, of: "a"))
        let failed = try await store.settle(
            first, .capture, .failed(Failure(.generalError)), requestID: nil, now: Sample.now)
        #expect(failed?.event != nil)
        #expect(try store.state("a") == "authorized")
        let second = try await store.claimAction(Sample.action(.capture, of: "a", 400))
        _ = try await store.settle(second, .capture, .succeeded, requestID: nil, now: Sample.now)
        #expect(try store.record("a").payment.state == .captured(amount: 400))
        #expect(try store.finishedAction(operation: first.operation)?.failure?.code == .generalError)
        #expect(try store.finishedAction(operation: second.operation)?.failure == nil)
        guard
            case .forbidden(.alreadyCaptured, _) = try await store.claim(
                Sample.action(.capture, of: "a"), now: Sample.now)
        else { throw Unexpected("captured twice") }
    }

    @Test("An amount that does not fit fails with an event, and no attempt begins")
    func mismatch() async throws {
        try await store.make("a", Sample.authorized)
        guard
            case .refused(let event) = try await store.claim(
                Sample.action(.void, of: "a", 999), now: Sample.now)
        else { throw Unexpected("not refused") }
        #expect(event != nil)
        #expect(try store.state("a") == "authorized")
        #expect(try store.record("a").payment.attempts == 0)
    }

    @Test("A call for a payment that is not there, or that names another's plugin id, is told so")
    func unknown() async throws {
        guard case .unknownPayment = try await store.claim(Sample.action(.capture, of: "x"), now: Sample.now) else {
            throw Unexpected("known")
        }
        try await store.make("a", Sample.authorized)
        var foreign = Sample.action(.capture, of: "a")
        foreign.namedTransactionId = Sample.derived("b")
        guard case .foreignPayment = try await store.claim(foreign, now: Sample.now) else {
            throw Unexpected("taken for the payment")
        }
    }

    @Test("The other outcome after an attempt has ended is kept as a conflict, and the first one is returned")
    func contradiction() async throws {
        try await store.make("a", Sample.authorized)
        let claim = try await store.claimAction(Sample.action(.capture, of: "a"))
        _ = try await store.settle(
            claim, .capture, .failed(Failure(.generalError)), source: .lookup, requestID: nil, now: Sample.now)
        let late = try await store.settle(claim, .capture, .succeeded, requestID: nil, now: Sample.now)
        #expect(late?.isContradicted == true)
        #expect(late?.failure != nil)
        #expect(late?.event == nil)
        #expect(try store.openConflicts(limit: 10).map(\.outcome) == ["capture succeeded"])
    }
}
