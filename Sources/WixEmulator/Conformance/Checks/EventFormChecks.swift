// The form of events: checks of every event that came of an ordinary call (spec §6.1, §6.2, §6.4).

extension Check {
    static let eventForm: [Check] = [
        eventAudit(
            "events.envelope", .must, "§6.2", "The body is { event: { one of transaction, refund, capture, void } }",
            wix: "Wix refuses the event: the order stays as it was."
        ) { event in
            event.fieldProblems.first { !$0.field.isInside(event.kind) }?.description
        },
        eventAudit(
            "events.fields", .must, "§6.2", "An event has Wix's fields, each of its type, and no others",
            wix: "Wix refuses the event: the order stays as it was."
        ) { event in
            event.fieldProblems.first { problem in
                let name = problem.field.split(separator: ".").last ?? ""
                let isElsewhere =
                    ["reasonCode", "errorCode", "errorMessage"].contains(name)
                    || (name == "amount" && event.hasAmountAsNumber)
                    || (["pluginTransactionId", "pluginRefundId"].contains(name) && problem.isAboutForm)
                return problem.field.isInside(event.kind) && !isElsewhere
            }?.description
        },
        eventAudit(
            "events.amount-string", .must, "§6.2", "An amount in an event is a string",
            wix: "Wix refuses the event: the refund is not shown."
        ) { event in
            guard let amount = event.payload["amount"], amount != .null, amount.text == nil else { return nil }
            return "amount is \(amount.line()), not \"\(amount.line())\""
        },
        eventAudit(
            "events.reason-code-number", .should, "§6.2", "A reasonCode in an event is a number",
            wix: "Wix's schema has an integer; a string may be refused."
        ) { event in
            event.payload["reasonCode"]?.text.map { "reasonCode is \"\($0)\"" }
        },
        eventAudit(
            "events.approval-without-code", .must, "§6.2, §16", "The event of an approved payment has no reasonCode",
            wix: "The order stays unpaid at Wix, although the buyer was charged."
        ) { event, events, call in
            let earlier = events.prefix { $0 != event }
            // Pending after the final event is another check's business.
            guard [.approved, .authorized].contains(call.outcome), event.kind == .transaction,
                !(event.isPending && earlier.contains { $0.kind == .transaction && !$0.isPending })
            else { return nil }
            return event.payload["reasonCode"].flatMap { $0 == .null ? nil : "reasonCode is \($0.line())" }
        },
        eventAudit(
            "events.matches-answer", .must, "§6.5", "An event says what the answer said",
            wix: "Wix hears two different things of one payment."
        ) { event, events, call in
            // Beside the answer's there may be other pending events (spec §6.4, §16).
            let isToldOtherwise = events.contains { $0.isPending && $0.difference(to: call) == nil }
            return event.isPending && call.outcome == .pending && isToldOtherwise ? nil : event.difference(to: call)
        },
        Check(
            "events.one-outcome", "§6.4",
            "Pending comes before the final event, and after it only the same again",
            wix:
                "Wix refuses it, or shows an outcome that is wrong.", needs: [.wix], turn: .atEnd
        ) { probe in
            for (id, events) in try await probe.trafficEvents() {
                var final: SeenEvent?
                for event in events where event.kind == .transaction {
                    if let final, event.isPending || event.reasonCode != final.reasonCode {
                        for event in events { probe.note(event.evidence) }
                        throw Finding.broken("payment \(id): \(event.says) after \(final.says)")
                    }
                    if !event.isPending { final = event }
                }
            }
        },
        eventAudit(
            "events.user-agent", .must, "§6.2", "User-Agent has the form name/version",
            wix: "Wix asks for it: it may refuse the event."
        ) { event in
            event.problems.contains { $0.hasPrefix("User-Agent") } ? "User-Agent: \(event.userAgent ?? "none")" : nil
        },
        eventAudit(
            "events.content-type", .must, "§6.2", "Content-Type of an event is application/json",
            wix: "Wix refuses the event: the order stays as it was."
        ) { event in event.problems.first { $0.hasPrefix("Content-Type") } },
        eventAudit(
            "events.authorization", .must, "§6.2, §16", "Authorization is the token alone, without Bearer",
            wix: "Wix refuses the event: the order stays as it was."
        ) { event in
            event.problems.first { $0.hasPrefix("Authorization") && !$0.isAboutUse }
        },
        eventAudit(
            "events.fresh-token", .must, "§6.1",
            "Every event has a token of its own, not one that was used or has expired",
            wix: "Wix refuses the event: the order stays as it was."
        ) { event in
            event.problems.first { $0.hasPrefix("Authorization") && $0.isAboutUse }
        },
        Check(
            "events.token-request", "§6.1", "A token is asked for as Wix wants it",
            wix: "Wix gives no token: no event arrives.", needs: [.wix], turn: .atEnd
        ) { probe in
            try await probe.makeTraffic()
            let problems = try await probe.wix().tokenProblems(after: probe.session.tokensSeenBefore)
            try probe.require(problems.isEmpty, Set(problems).sorted().joined(separator: "; "))
        },
    ]

    /// A check of every event by itself.
    private static func eventAudit(
        _ id: String, _ severity: Severity, _ source: String, _ rule: String, wix: String,
        _ problem: @escaping @Sendable (SeenEvent) -> String?
    ) -> Check {
        Check(id, severity, source, rule, wix: wix, needs: [.wix], turn: .atEnd) { probe in
            for event in try await probe.trafficEvents().flatMap(\.events) {
                guard let found = problem(event) else { continue }
                probe.note(event.evidence)
                throw Finding.broken(found)
            }
        }
    }

    /// A check of every event beside all of its payment, and the first answer to that.
    private static func eventAudit(
        _ id: String, _ severity: Severity, _ source: String, _ rule: String, wix: String,
        _ problem: @escaping @Sendable (SeenEvent, [SeenEvent], PSPCall) -> String?
    ) -> Check {
        Check(id, severity, source, rule, wix: wix, needs: [.wix], turn: .atEnd) { probe in
            let traffic = try await probe.trafficEvents()
            let calls = Dictionary(
                probe.session.calls.filter { $0.endpoint == .createTransaction && $0.isAnswered }
                    .map { ($0.wixTransactionId, $0) }, uniquingKeysWith: { first, _ in first })
            for (id, events) in traffic {
                guard let call = calls[id] else { continue }
                for event in events {
                    guard let found = problem(event, events, call) else { continue }
                    probe.note(call.evidence)
                    probe.note(event.evidence)
                    throw Finding.broken("payment \(id): \(found)")
                }
            }
        }
    }
}

extension SeenEvent {
    fileprivate var says: String { reasonCode.map { "reasonCode \($0)" } ?? "approved" }

    /// The first member of a payment's event that differs from the answer.
    fileprivate func difference(to call: PSPCall) -> String? {
        guard kind == .transaction, [.approved, .authorized, .declined, .pending].contains(call.outcome) else {
            return nil
        }
        // What a pending answer ends with is not in it.
        if call.outcome == .pending, !isPending { return nil }
        var names = ["pluginTransactionId", "errorCode", "errorMessage", "credentialsOnFile", "cardDetails"]
        if [.declined, .pending].contains(call.outcome) {
            if reasonCode != call.reasonCode {
                return "the answer is \(call.outcome.rawValue) with \(call.reasonCode ?? 0), the event \(says)"
            }
        } else if reasonCode != nil {
            // Its texts belong to the code, which has a check of its own.
            names = ["pluginTransactionId"]
        }
        for name in names {
            let answered = call.json[name] ?? .null
            let told = payload[name] ?? .null
            if answered == told || (name == "pluginTransactionId" && answered == .null) { continue }
            return "\(name) is \(told.line()), in the answer \(answered.line())"
        }
        return nil
    }
}
