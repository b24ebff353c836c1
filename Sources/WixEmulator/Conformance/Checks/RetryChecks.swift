// Retries: an event that Wix did not take is sent again, whatever the bad answer was (spec §6.3). The emulator plays the
// bad answer for one payment's event only; a bad answer to a token request disturbs all, so those run alone.

import Synchronization

extension Check {
    private static let lost = "One bad moment at Wix, and the order stays unpaid for ever."

    static let retries: [Check] =
        [
            Check(
                "retries.status-500", "§6.3", "An event that is answered with 500 is sent again", wix: lost,
                needs: [.wix]
            ) { probe in
                let attempts = try await probe.attempts(2, ["kind": "status", "status": 500, "count": 1])
                probe.session.state.withLock { $0.retries = attempts.count >= 2 }
                try probe.require(attempts.count >= 2, "it came once, within \(Int(probe.plan.retrySeconds)) s")
            },
            retry("status-503", "503 with Retry-After", ["kind": "status", "status": 503, "retryAfter": "1"]),
            retry("status-429", "429", ["kind": "status", "status": 429, "retryAfter": "1"]),
            retry("status-403", "403", ["kind": "status", "status": 403]),
            retry("html", "200 and an HTML page", ["kind": "html"]),
            retry("content-type", "200 and {} that is not application/json", ["kind": "wrong-content-type"]),
            retry("other-object", "200 and an object that is not empty", ["kind": "non-empty-object"]),
            retry("broken-json", "200 and half an object", ["kind": "broken-json"]),
            retry("no-content", "204", ["kind": "no-content"]),
            retry("redirect", "302", ["kind": "redirect"]),
            retry("cut", "a connection that ends in mid-body", ["kind": "cut"]),
            Check(
                "retries.stall", .should, "§6.3", "An event that is not answered in time is sent again", wix: lost,
                needs: [.wix], turn: .sideBySide
            ) { probe in
                try probe.requireRetries()
                let seconds = probe.plan.stallSeconds
                let attempts = try await probe.attempts(2, ["kind": "stall", "seconds": .number(seconds), "count": 1])
                try probe.require(
                    attempts.count >= 2,
                    "an answer that takes \(Int(seconds)) s: it came once, within \(Int(probe.plan.retrySeconds)) s")
            },
            Check(
                "retries.keeps-trying", "§6.3", "An event that fails twice is sent a third time", wix: lost,
                needs: [.wix], turn: .sideBySide
            ) { probe in
                try probe.requireRetries()
                let attempts = try await probe.attempts(3, ["kind": "status", "status": 500, "count": 2])
                try probe.require(
                    attempts.count >= 3, "it came \(attempts.count) times, within \(Int(probe.plan.retrySeconds)) s")
            },
            Check(
                "retries.same-payload", "§6.4", "An event that is sent again has the same payload",
                wix: "Wix may have taken the first: it refuses the second, or takes it for the truth.", needs: [.wix],
                turn: .sideBySide
            ) { probe in
                try probe.requireRetries()
                // Taken in, so that a difference would show in what Wix knows.
                let attempts = try await probe.attempts(
                    2, ["kind": "status", "status": 500, "count": 1, "received": true])
                if attempts.count < 2 { throw Finding.skipped("it came once: see retries.status-500") }
                try probe.require(attempts.allSatisfy { $0.body == attempts[0].body }, "the payloads differ")
            },
            Check(
                "retries.fresh-token", "§6.1, §6.3", "Each attempt has a token of its own",
                wix: "Wix refuses the second attempt, and all that follow.", needs: [.wix], turn: .sideBySide
            ) { probe in
                try probe.requireRetries()
                let attempts = try await probe.attempts(2, ["kind": "status", "status": 500, "count": 1])
                if attempts.count < 2 { throw Finding.skipped("it came once: see retries.status-500") }
                let tokens = attempts.map { $0.token ?? "" }
                try probe.require(Set(tokens).count == tokens.count, "two attempts have the same token")
            },
        ] + tokenRetries

    private static let tokenRetries = [
        tokenRetry("token-500", "500", ["kind": "status", "status": 500]),
        tokenRetry("token-401", "401", ["kind": "status", "status": 401]),
        tokenRetry("token-html", "200 and an HTML page", ["kind": "html"]),
    ]

    private static func retry(_ name: String, _ what: String, _ fault: [String: JSON]) -> Check {
        Check(
            "retries.\(name)", "§6.3", "An event that is answered with \(what) is sent again", wix: lost,
            needs: [.wix], turn: .sideBySide
        ) { probe in
            try probe.requireRetries()
            let attempts = try await probe.attempts(2, .object(fault.merging(["count": 1]) { first, _ in first }))
            try probe.require(attempts.count >= 2, "it came once, within \(Int(probe.plan.retrySeconds)) s")
        }
    }

    private static func tokenRetry(_ name: String, _ what: String, _ fault: [String: JSON]) -> Check {
        Check(
            "retries.\(name)", "§6.1, §6.3", "When a token request is answered with \(what), the event is sent later",
            wix: lost, needs: [.wix], turn: .alone
        ) { probe in
            try probe.requireRetries()
            let wix = try probe.wix()
            try await wix.play(
                .object(fault.merging(["count": 1, "path": .string(Emulator.tokenPath)]) { first, _ in first }))
            let payment = try await probe.pay(nil, wanting: [.approved, .declined])
            let event = try await probe.event(of: payment.wixTransactionId, within: probe.plan.retrySeconds) { _ in true
            }
            let isUnmet = try await wix.hasFault(on: Emulator.tokenPath)
            try await wix.clearFaults()
            if isUnmet { throw Finding.skipped("no token was asked for: see events.fresh-token and events.approved") }
            try probe.require(event != nil, "it did not come, within \(Int(probe.plan.retrySeconds)) s")
        }
    }
}

extension Probe {
    /// Skips when the plainest retry has failed already.
    func requireRetries() throws(Finding) {
        if session.state.withLock({ $0.retries }) == false {
            throw .skipped("no event is ever sent again: see retries.status-500")
        }
    }

    /// The attempts at a payment's event, the first of which meet a fault.
    func attempts(_ count: Int, _ fault: JSON) async throws -> [SeenEvent] {
        let wix = try wix()
        let call = try await pay(nil, wanting: [.approved, .declined], before: { try await self.play(fault, for: $0) })
        let events = try await events(of: call.wixTransactionId, within: plan.retrySeconds) {
            $0.count { $0.kind == .transaction } >= count
        }.filter { $0.kind == .transaction }
        try await wix.clearFaults(of: call.wixTransactionId)
        if events.isEmpty {
            session.state.withLock { $0.retries = false }
            throw Finding.skipped("no event at all: see events.approved")
        }
        return events
    }

    /// An approved payment whose event meets a fault.
    func approvedDisturbed(_ fault: JSON) async throws -> CheckedPayment {
        let call = try await pay(nil, before: { try await self.play(fault, for: $0) })
        try expect(call, [.approved], "create.approved")
        guard let id = call.pluginTransactionId else { throw Finding.skipped("see create.plugin-id") }
        return CheckedPayment(call: call, pluginId: id, amount: plan.amount)
    }

    private func play(_ fault: JSON, for id: String) async throws {
        var fault = fault
        fault.set("wixTransactionId", to: .string(id))
        fault.set("path", to: .string(Emulator.eventPath))
        try await wix().play(fault)
    }
}
