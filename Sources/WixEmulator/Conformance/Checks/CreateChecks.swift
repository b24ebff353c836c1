// Create Transaction: each outcome as Wix knows it (spec §4, §8).

import FoundationEssentials

extension Check {
    static let create: [Check] = [
        Check(
            "create.approved", "§4", "An ordinary card payment is approved",
            wix: "Nobody can pay. (Or the card given here is not one that the PSP approves: --approved-card.)"
        ) { probe in
            let call = try await probe.pay()
            try probe.require(call.outcome == .approved, call.came)
        },
        Check(
            "create.plugin-id", "§4", "A payment that is not declined at once has a pluginTransactionId",
            wix: "Wix can't refund, capture or void the payment: those calls name it by this id."
        ) { probe in
            let plan = probe.plan
            var calls = [try await probe.pay()]
            if !plan.lacks(.captures) {
                calls.append(try await probe.pay(nil, wanting: [.authorized]) { $0.set("authorizeOnly", to: true) })
            }
            if let pending = plan.pending { calls.append(try await probe.pay(pending, wanting: [.pending])) }
            if !plan.lacks(.redirects), let redirected = plan.redirected {
                calls.append(try await probe.pay(redirected, wanting: [.redirect]))
            }
            calls.removeAll { ![.approved, .authorized, .pending, .redirect].contains($0.outcome) }
            if calls.isEmpty { throw Finding.skipped("every payment is declined: see create.approved") }
            for call in calls where (call.pluginTransactionId ?? "").isEmpty {
                throw Finding.broken("the answer that Wix reads as \(call.outcome.rawValue) has none")
            }
        },
        Check(
            "create.credentials-on-file", "§4, §6.6",
            "credentialsOnFile holds one of cardReference.networkTransactionId and paymentMethodReference.token",
            wix: "Wix can't store the card: every later charge of the subscription fails."
        ) { probe in
            let call = try await probe.pay { $0.set("setupCredentialsOnFile", to: ["offSession": true]) }
            try probe.expect(call, [.approved], "create.approved")
            // Left out by those who store no cards. Whether the event has the same is looked at with all events.
            var reader = MemberReader(call.json, at: "answer", problems: [])
            reader.credentialsOnFile()
            if let problem = reader.problems.first { throw Finding.broken(problem.description) }
        },
        Check(
            "create.unique-ids", "§7", "Every payment has a pluginTransactionId of its own",
            wix: "A refund of one payment may take the money of another."
        ) { probe in
            let first = try await probe.approved()
            let second = try await probe.approved()
            try probe.require(first.pluginId != second.pluginId, "two payments have \(first.pluginId)")
        },
        Check(
            "create.declined", "§4", "A payment that the bank refuses is declined, with a reasonCode",
            wix: "The shop ships what nobody has paid.", needs: [.declined]
        ) { probe in
            let call = try await probe.pay(probe.plan.declined, wanting: [.declined])
            if !call.isAnswered { throw Finding.skipped("\(call.came): see transport.declined-status") }
            if call.json["reasonCode"] != nil, call.outcome == .failure {
                throw Finding.skipped("its reasonCode can't be read: see create.reason-codes")
            }
            try probe.require(call.outcome == .declined, call.came)
        },
        Check(
            "create.pending", "§4, §10", "A payment that waits is pending: 5005 or 5009",
            wix: "Any other code declines it for good, although it may be approved later.", needs: [.pending]
        ) { probe in
            let call = try await probe.pay(probe.plan.pending, wanting: [.pending])
            try probe.require(call.outcome == .pending, call.came)
        },
        Check(
            "create.redirect", "§4",
            "A payment that needs the buyer answers an absolute redirectUrl, and no reasonCode",
            wix: "The buyer is sent nowhere, or the payment counts as declined.", needs: [.redirected]
        ) { probe in
            let call = try await probe.pay(probe.plan.redirected, wanting: [.redirect])
            try probe.require(call.outcome == .redirect, call.came)
            let url = URL(string: call.redirectUrl ?? "")
            try probe.require(
                ["http", "https"].contains(url?.scheme) && url?.host() != nil,
                "redirectUrl is \(call.redirectUrl ?? "none")")
        },
        Check(
            "create.redirect-page", .should, "§8", "The page that the buyer is sent to is there",
            wix: "The buyer sees an error and leaves.", needs: [.redirected]
        ) { probe in
            let payment = try await probe.redirected()
            let page = try await probe.page(of: payment)
            try probe.require(page.status == 200, "GET \(payment.call.redirectUrl ?? ""): HTTP \(page.status)")
        },
        Check(
            "create.off-session", .should, "§8", "A payment without a buyer is never redirected",
            wix: "Nobody is there to go to the page: the payment hangs.", needs: [.redirected]
        ) { probe in
            let call = try await probe.pay(probe.plan.redirected, wanting: [.approved, .declined, .redirect]) {
                $0.set("offSession", to: true)
                $0.set("paymentMethodData.card.cvv", to: nil)
                $0.set("paymentMethodData.card.networkTransactionId", to: "481094275501183")
            }
            try probe.require(call.outcome != .redirect, call.came)
        },
        Check(
            "create.authorize-only", "§4, §8", "authorizeOnly authorizes without a capture",
            wix: "Apps that authorize first can't be used with this PSP.", needs: [.captures]
        ) { probe in
            if probe.session.approval == .never { throw Finding.skipped("no payment is approved: see create.approved") }
            let call = try await probe.pay(nil, wanting: [.authorized]) { $0.set("authorizeOnly", to: true) }
            try probe.require(call.outcome == .authorized, call.came)
        },
    ]

    /// Checks of every answer that came to an ordinary call.
    static let answers: [Check] = [
        audit(
            "create.reason-codes", .must, "§10",
            "Every reasonCode is a number of its message's group, and none of the old ones",
            wix: "Wix reads it by number: buyers and merchants see a wrong reason, or the message is refused.",
            events: { event in
                event.problem(of: ["reasonCode"]) { $0.rule != Problem.codeIsText }
            }
        ) { call in
            // Those of connections have a check of their own.
            call.endpoint == .connectAccount
                ? nil : call.conclusion.problems.first { $0.field == "reasonCode" }?.description
        },
        audit(
            "create.redirect-or-code", .must, "§4", "No answer has both redirectUrl and reasonCode",
            wix: "It counts as declined, and the buyer is not sent to the page."
        ) { call in
            call.conclusion.problems.first { $0.field == "redirectUrl" }?.description
        },
        audit(
            "create.no-status", .should, "§4", "No answer has the deprecated member status",
            wix: "Wix ignores it: what was meant by it is not told."
        ) { call in
            call.json["status"] == nil ? nil : "status: \(call.json["status"]?.line() ?? "")"
        },
        audit(
            "create.general-error", .should, "§10", "Code 6000 comes with errorCode and errorMessage",
            wix: "Nobody learns what went wrong."
        ) { call in
            guard call.reasonCode == 6000 else { return nil }
            let missing = ["errorCode", "errorMessage"].filter { (call.json[$0]?.text ?? "").isEmpty }
            return missing.isEmpty ? nil : "without \(missing.joined(separator: " and "))"
        },
    ]

    /// A check of every answer with HTTP 200 that came to an ordinary call, and of the events that followed.
    static func audit(
        _ id: String, _ severity: Severity, _ source: String, _ rule: String, wix: String,
        events eventProblem: @escaping @Sendable (SeenEvent) -> String? = { _ in nil },
        _ problem: @escaping @Sendable (PSPCall) -> String?
    ) -> Check {
        Check(id, severity, source, rule, wix: wix, turn: .atEnd) { probe in
            try await probe.makeTraffic()
            let answered = probe.session.calls.filter(\.isAnswered)
            if answered.isEmpty { throw Finding.skipped("there is no answer to look at") }
            for call in answered {
                guard let found = problem(call) else { continue }
                probe.note(call.evidence)
                throw Finding.broken("\(call.endpoint.rawValue): \(found)")
            }
            guard probe.session.wix != nil else { return }
            for event in try await probe.ordinaryEvents() {
                guard let found = eventProblem(event) else { continue }
                probe.note(event.evidence)
                throw Finding.broken("event: \(found)")
            }
        }
    }
}
