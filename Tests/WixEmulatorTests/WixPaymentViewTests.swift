// spec §6.4 and §8 as transcripts: what comes in, what is refused, what is shown.

import Testing

@testable import WixEmulator

@Suite("A payment as Wix sees it")
struct WixPaymentViewTests {
    /// One step: an input, and the field that it is refused with.
    enum Step {
        case asked(amount: Int64, authorizeOnly: Bool)
        case answered(String)
        case event(String, [String: JSON] = [:])
        case refused(String, [String: JSON] = [:])

        static let asked = Step.asked(amount: 4250, authorizeOnly: false)
        static let askedToAuthorize = Step.asked(amount: 4250, authorizeOnly: true)
    }

    typealias Transcript = (name: String, steps: [Step], shown: WixPaymentView.Status, doubts: Int)

    static let transcripts: [Transcript] = [
        ("nothing", [], .unknown, 0),
        ("approved", [.asked, .answered("approved"), .event("transaction.approved")], .approved, 0),
        ("approved without its event", [.asked, .answered("approved")], .approved, 0),
        ("event before the answer", [.event("transaction.approved"), .answered("approved")], .approved, 0),
        ("declined", [.asked, .answered("declined"), .event("transaction.declined")], .declined, 0),
        ("on the page", [.asked, .answered("redirect")], .awaitingBuyer, 0),
        ("redirect, then approved", [.answered("redirect"), .event("transaction.approved")], .approved, 0),
        ("redirect, then left", [.answered("redirect"), .event("transaction.canceled")], .canceled, 0),
        ("pending", [.answered("pending-general"), .event("transaction.pending-general")], .pending, 0),
        (
            "pending twice, then approved",
            [
                .answered("pending-fraud-review"), .event("transaction.pending-fraud-review"),
                .event("transaction.pending-general"), .event("transaction.approved"),
            ], .approved, 0
        ),
        (
            "pending, then declined",
            [.event("transaction.pending-fraud-review"), .event("transaction.fraud-declined-after-pending")], .declined,
            0
        ),
        ("the same event again", [.event("transaction.approved"), .event("transaction.approved")], .approved, 0),
        ("declined after approved", [.event("transaction.approved"), .refused("transaction.declined")], .approved, 0),
        ("approved after declined", [.event("transaction.declined"), .refused("transaction.approved")], .declined, 0),
        (
            "pending after approved", [.event("transaction.approved"), .refused("transaction.pending-general")],
            .approved, 0
        ),
        (
            "pending after declined", [.event("transaction.declined"), .refused("transaction.pending-general")],
            .declined, 0
        ),
        (
            "declined again with another code",
            [.event("transaction.declined"), .refused("transaction.declined", ["reasonCode": 3012])], .declined, 0
        ),
        (
            "another PSP id after pending",
            [
                .event("transaction.pending-general"),
                .refused("transaction.approved", ["pluginTransactionId": "other"]),
            ], .pending, 0
        ),
        ("answer approved, event declined", [.answered("approved"), .event("transaction.declined")], .declined, 1),
        ("answer declined, event approved", [.answered("declined"), .event("transaction.approved")], .approved, 1),
        ("an id used again with another amount", [.asked, .asked(amount: 1, authorizeOnly: false)], .unknown, 1),
        ("full refund", approved + [.event("refund.wix-initiated.success")], .refunded, 0),
        ("partial refund", approved + [.event("refund.wix-initiated.partial")], .partiallyRefunded, 0),
        ("failed refund", approved + [.event("refund.wix-initiated.failure")], .approved, 0),
        (
            "two refunds that make it full",
            approved + [
                .event("refund.wix-initiated.partial"),
                .event("refund.psp-initiated.partial", ["amount": "3000"]),
            ], .refunded, 0
        ),
        (
            "the same refund event again",
            approved + [.event("refund.wix-initiated.partial"), .event("refund.wix-initiated.partial")],
            .partiallyRefunded, 0
        ),
        (
            "more refunded than paid",
            approved + [.event("refund.wix-initiated.success"), .refused("refund.psp-initiated.partial")], .refunded, 0
        ),
        (
            "a refund begun at the PSP, told again with another amount",
            approved + [
                .event("refund.psp-initiated.full"), .event("refund.psp-initiated.full", ["amount": "1000"]),
                .refused("refund.psp-initiated.full", ["amount": "4251"]),
            ], .partiallyRefunded, 0
        ),
        (
            "one PSP refund id for two refunds",
            approved + [
                .event("refund.wix-initiated.partial"),
                .refused("refund.wix-initiated.partial", ["wixRefundId": "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24"]),
            ], .partiallyRefunded, 0
        ),
        (
            "one Wix refund id for two refunds",
            approved + [
                .event("refund.wix-initiated.partial"),
                .refused("refund.wix-initiated.partial", ["pluginRefundId": "other"]),
            ], .partiallyRefunded, 0
        ),
        (
            "a refund that failed and then succeeded",
            approved + [.event("refund.wix-initiated.failure"), .refused("refund.wix-initiated.success")], .approved, 0
        ),
        (
            "refund of a declined payment", [.event("transaction.declined"), .refused("refund.psp-initiated.full")],
            .declined, 0
        ),
        (
            "refund of a pending payment",
            [.event("transaction.pending-general"), .refused("refund.psp-initiated.full")], .pending, 0
        ),
        ("refund before capture", authorized + [.refused("refund.psp-initiated.full")], .authorized, 0),
        ("authorized", authorized, .authorized, 0),
        ("captured", authorized + [.event("capture.success")], .captured, 0),
        ("captured, told twice", authorized + [.event("capture.success"), .event("capture.success")], .captured, 0),
        (
            "captured at the second attempt", authorized + [.event("capture.failure"), .event("capture.success")],
            .captured, 0
        ),
        ("captured too much", authorized + [.refused("capture.success", ["amount": "4251"])], .authorized, 0),
        ("captured in part", authorized + [.event("capture.success", ["amount": "4000"])], .captured, 0),
        (
            "captured, then refunded", authorized + [.event("capture.success"), .event("refund.psp-initiated.full")],
            .refunded, 0
        ),
        ("voided", authorized + [.event("void.success")], .voided, 0),
        ("void of another amount", authorized + [.refused("void.success", ["amount": "4000"])], .authorized, 0),
        ("failed void", authorized + [.event("void.failure")], .authorized, 0),
        ("void after capture", authorized + [.event("capture.success"), .refused("void.success")], .captured, 0),
        ("capture after void", authorized + [.event("void.success"), .refused("capture.success")], .voided, 0),
        (
            "refused capture after capture", authorized + [.event("capture.success"), .event("capture.failure")],
            .captured, 0
        ),
        (
            "refund after void", authorized + [.event("void.success"), .refused("refund.psp-initiated.full")], .voided,
            0
        ),
        ("capture of a sale", approved + [.refused("capture.success")], .approved, 0),
        ("capture of a declined payment", [.event("transaction.declined"), .refused("capture.success")], .declined, 0),
    ]

    static let approved: [Step] = [.asked, .answered("approved"), .event("transaction.approved")]
    static let authorized: [Step] = [.askedToAuthorize, .answered("approved"), .event("transaction.approved")]

    @Test("Transcript", arguments: transcripts.map(\.name))
    func transcript(name: String) throws {
        let transcript = try #require(Self.transcripts.first { $0.name == name })
        var view = WixPaymentView(wixTransactionId: payment)
        for step in transcript.steps { try play(step, on: &view) }
        #expect(view.status == transcript.shown)
        #expect(view.doubts.count == transcript.doubts)
    }

    @Test("A code as a string is taken and flagged")
    func tolerated() throws {
        var view = WixPaymentView(wixTransactionId: payment)
        try play(.event("transaction.declined", ["reasonCode": "3012"]), on: &view)
        #expect(view.status == .declined)
        #expect(view.flags(now: 0).map(\.code) == [.toleratedEvent])
    }

    @Test("An event with another pluginTransactionId than the answer is flagged")
    func otherId() throws {
        var view = WixPaymentView(wixTransactionId: payment)
        try play(.answered("approved"), on: &view)
        try play(.event("transaction.approved", ["pluginTransactionId": "other"]), on: &view)
        #expect(view.flags(now: 0).map(\.code) == [.contradictingEvent])
    }

    @Test(
        "A refund's event is flagged when nobody asked for the refund, or for another amount",
        arguments: [
            ([], [.unknownRefund]), ([("9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24", 1250)], [.unknownRefund]),
            ([(wixRefund, 1250)], []), ([(wixRefund, 4250)], [.contradictingEvent]),
        ] as [([(String, Int64)], [PaymentFlag.Code])])
    func askedRefunds(calls: [(id: String, amount: Int64)], flags: [PaymentFlag.Code]) throws {
        var view = WixPaymentView(wixTransactionId: payment)
        for step in Self.approved { try play(step, on: &view) }
        try play(.event("refund.wix-initiated.partial"), on: &view)
        for call in calls {
            let request: JSON = ["wixRefundId": .string(call.id), "refundAmount": .integer(call.amount)]
            let report = CallReport.json(
                endpoint: .refundTransaction, request: request,
                answer: PSPAnswer(
                    status: 200, contentType: "application/json", body: Array(#"{"pluginRefundId":"r"}"#.utf8)))
            try CallReport.read(report.bytes()).get().apply(to: &view, now: 0)
        }
        #expect(view.flags(now: 0).map(\.code) == flags)
    }

    @Test("A refused event changes nothing")
    func refusedChangesNothing() throws {
        var view = WixPaymentView(wixTransactionId: payment)
        _ = view.receive(try event("transaction.approved"))
        let before = view
        #expect(view.receive(try event("transaction.declined")) != [])
        #expect(view == before)
    }

    @Test("An answered outcome awaits its event, a redirect does not")
    func awaitsEvent() throws {
        var view = WixPaymentView(wixTransactionId: payment)
        try play(.answered("redirect"), on: &view)
        #expect(!view.awaitsEvent)
        try play(.answered("approved"), on: &view)
        #expect(view.awaitsEvent)
        try play(.event("transaction.approved"), on: &view)
        #expect(!view.awaitsEvent)
    }

    @Test("An unusable answer changes nothing")
    func failure() {
        var view = WixPaymentView(wixTransactionId: payment)
        view.receive(
            answer: Conclusion(from: nil, of: .createTransaction, request: .null), of: .createTransaction,
            request: .null, now: 0)
        #expect(view == WixPaymentView(wixTransactionId: payment))
    }

    private func play(_ step: Step, on view: inout WixPaymentView) throws {
        switch step {
        case .asked(let amount, let authorizeOnly):
            view.request(.init(amount: amount, currency: "EUR", authorizeOnly: authorizeOnly))
        case .answered(let name):
            let body = try Example.bytes("create-transaction.response.\(name)")
            let answer = PSPAnswer(status: 200, contentType: "application/json", body: body)
            view.receive(
                answer: Conclusion(from: answer, of: .createTransaction, request: .null), of: .createTransaction,
                request: .null, body: JSON(parsing: body) ?? .null, now: 0)
        case .event(let name, let changes): #expect(view.receive(try event(name, changes)) == [])
        case .refused(let name, let changes): #expect(view.receive(try event(name, changes)) != [])
        }
    }

    private func event(_ name: String, _ changes: [String: JSON] = [:]) throws -> ReceivedEvent {
        var json = try Example.json("submit-event.\(name)")
        for (member, value) in changes { json.set("event.\(name.prefix { $0 != "." }).\(member)", to: value) }
        return try EventCheck.read(json.bytes()).get()
    }
}

private let wixRefund = "44b1f0c6-8d2e-4a7b-9c35-e6d7f8091a2b"
