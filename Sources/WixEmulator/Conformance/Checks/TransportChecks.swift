// Transport: what every answer has to be, whatever it says (spec §1).

extension Check {
    static let transport: [Check] = [
        Check(
            "transport.json", "§1", "An answer is a JSON object, and its Content-Type contains application/json",
            wix: "Wix takes the answer as failed and may call again."
        ) { probe in
            let call = try await probe.call(.createTransaction, probe.payment())
            try probe.require(call.json.members != nil, "\(call.came), and the body is no JSON object")
            try probe.require(
                (call.answer?.contentType ?? "").lowercased().contains("application/json"),
                "Content-Type: \(call.answer?.contentType ?? "none")")
        },
        Check(
            "transport.declined-status", "§1", "A declined payment is answered with HTTP 200",
            wix: "Wix takes it as failed, calls again, and the buyer never learns of the decline.", needs: [.declined]
        ) { probe in
            let call = try await probe.pay(probe.plan.declined, wanting: [.declined])
            if call.isAnswered { return }
            throw Finding.broken("\(call.came) to a payment that is declined")
        },
        Check(
            "transport.refund-failure-status", "§1", "A refund that fails is answered with HTTP 200",
            wix: "Wix takes it as failed in transport and calls again.", needs: [.refunds]
        ) { probe in
            let nothing = try await probe.refundOfNothing()
            try probe.require(nothing.isAnswered, "\(nothing.came) to a refund of a payment that does not exist")
            guard let payment = try await probe.ifPossible({ try await $0.approved() }) else { return }
            let tooMuch = try await probe.refund(payment, payment.amount + 100)
            try probe.require(tooMuch.isAnswered, "\(tooMuch.came) to a refund of more than the payment")
        },
        Check(
            "transport.connect-failure-status", "§1, §3", "A refused connection is answered with HTTP 200",
            wix: "The merchant sees a technical error instead of the reason.", needs: [.refusedCredentials]
        ) { probe in
            let call = try await probe.call(
                .connectAccount, probe.session.connect(probe.plan.refusedCredentials ?? [:]))
            try probe.require(call.isAnswered, "\(call.came) to credentials that are refused")
        },
        Check(
            "transport.get", .should, "§1", "Only POST is answered",
            wix:
                "Nothing: Wix never calls so. An endpoint that answers GET gives caches and crawlers something to keep."
        ) { probe in
            let call = try await probe.call(.createTransaction, .null, .init(digest: .absent, method: "GET"))
            try probe.require(!call.isAnswered, "\(call.came) to GET")
        },
        Check(
            "transport.not-json", "§1", "A signed body that is not JSON is answered, and approves nothing",
            wix: "A call that is never answered blocks the buyer until Wix's time is over."
        ) { probe in
            let call = try await probe.call(.createTransaction, .null, .init(body: Array("{\"wix".utf8)))
            try probe.require(call.answer != nil, call.came)
            try probe.require(
                !call.isAnswered || call.json["reasonCode"] != nil, "\(call.came) to a body that is no JSON")
        },
        Check(
            "transport.answer-time", .should, "§9", "Connect, Create and Refund answer within seconds",
            wix: "Wix gives up after a time that it does not tell, and may call again."
        ) { probe in
            var calls = [try await probe.call(.connectAccount, probe.session.connect())]
            calls.append(try await probe.call(.createTransaction, probe.payment()))
            if !probe.plan.lacks(.refunds) { calls.append(try await probe.refundOfNothing()) }
            let secondsMax = probe.plan.answerSeconds
            for call in calls where call.milliseconds > secondsMax * 1_000 {
                throw Finding.broken("\(call.endpoint.rawValue) took \(Int(call.milliseconds)) ms")
            }
        },
    ]
}

extension Probe {
    /// A refund of a payment that does not exist.
    func refundOfNothing() async throws -> PSPCall {
        try await call(
            .refundTransaction,
            session.followUp(
                Session.newID(), "psp-no-such-payment",
                .refund(wixRefundId: Session.newID(), amount: 100, reason: nil, mode: plan.mode)))
    }
}
