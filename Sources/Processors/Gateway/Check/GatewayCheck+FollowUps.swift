// The checks of captures, voids and refunds.

import Payments

extension GatewayCheck {
    static let actions = [
        GatewayCheck(id: "capture.once", rule: "One capture an authorization, however often its key is repeated") {
            probe in
            let order = try await probe.authorized()
            for _ in 0..<2 { try probe.expect(try await probe.act(.capture, 1, order), .succeeded, "the capture") }
            try probe.expect(try await probe.act(.capture, 2, order), .failed, "a second capture under a new key")
            try probe.expect(try await probe.act(.void, 1, order), .failed, "a void after the capture")
            let id = order.pluginTransactionId
            return try await probe.state(
                .lookup(payment: id), of: order, is: .captured, .approved, after: "GET afterwards"
            ).words
        },
        GatewayCheck(id: "capture.above", rule: "A capture above the authorized amount fails") { probe in
            let order = try await probe.authorized()
            let result = try await probe.act(.capture, 1, order, amount: GatewayProbe.amount + 1)
            try probe.expect(result, .failed, "the capture")
            let id = order.pluginTransactionId
            try await probe.state(.lookup(payment: id), of: order, is: .authorized, after: "GET afterwards")
            return result.words
        },
        GatewayCheck(id: "void.once", rule: "A void ends an authorization, however often its key is repeated") {
            probe in
            let order = try await probe.authorized()
            for _ in 0..<2 { try probe.expect(try await probe.act(.void, 1, order), .succeeded, "the void") }
            try probe.expect(try await probe.act(.capture, 1, order), .failed, "a capture after the void")
            let id = order.pluginTransactionId
            return try await probe.state(
                .lookup(payment: id), of: order, is: .voided, after: "GET afterwards"
            ).words
        },
    ]

    /// Of 4250: what the first refund takes, and what remains.
    private static let (part, rest): (Int64, Int64) = (1_000, GatewayProbe.amount - 1_000)

    static let refunds = [
        GatewayCheck(id: "refund.repeat", rule: "The same refund again does nothing again: the rest is still there") {
            probe in
            let order = try await probe.approved()
            let refund = GatewayProbe.newID()
            // With three effects for one id, the rest would no longer be there.
            for _ in 0..<3 { try probe.expect(try await probe.refund(refund, order, part), .succeeded, "the refund") }
            let result = try await probe.refund(GatewayProbe.newID(), order, rest)
            try probe.expect(result, .succeeded, "the refund of the rest")
            return result.words
        },
        GatewayCheck(id: "refund.above", rule: "Refunds never give back more than was charged") { probe in
            let order = try await probe.approved()
            let above = try await probe.refund(GatewayProbe.newID(), order, GatewayProbe.amount + 1)
            try probe.expect(above, .failed, "a refund above the amount")
            try probe.expect(
                try await probe.refund(GatewayProbe.newID(), order, part), .succeeded, "a refund of a part")
            let second = try await probe.refund(GatewayProbe.newID(), order, rest + 1)
            try probe.expect(second, .failed, "a second refund above the rest")
            return second.words
        },
        GatewayCheck(id: "refund.lookup", rule: "GET of a refund: its state; 404 for one that was never received") {
            probe in
            let order = try await probe.approved()
            let payment = order.pluginTransactionId
            let refund = GatewayProbe.newID()
            try await probe.expectUnknown(refund, .lookup(refund: refund, of: payment))
            try probe.expect(try await probe.refund(refund, order, part), .succeeded, "the refund")
            let seen = try await probe.result(.lookup(refund: refund, of: payment), id: refund, order)
            try probe.expect(seen, .succeeded, "GET")
            return "404, then \(seen.words)"
        },
        GatewayCheck(id: "refund.cancel", rule: "Cancel of a refund that was never received: it fails later too") {
            probe in
            let order = try await probe.approved()
            let refund = GatewayProbe.newID()
            let call = GatewayCall.cancel(refund: refund, of: order.pluginTransactionId)
            try probe.expect(try await probe.result(call, id: refund, order), .failed, "the cancel")
            let later = try await probe.refund(refund, order, part)
            try probe.expect(later, .failed, "the refund afterwards")
            return later.words
        },
    ]
}
