// Limits: lengths that Wix publishes, and loads that a shop can bring (spec §1).

extension Check {
    static let limits: [Check] = [
        Check(
            "limits.large-request", .should, "§4", "An order of 200 items is answered with HTTP 200",
            wix: "Large orders can't be paid."
        ) { probe in
            let call = try await probe.pay { request in
                let items = (1...200).map { number -> JSON in
                    [
                        "id": .string("sku-\(number)"), "name": .string("Item number \(number) of a large order"),
                        "quantity": 1, "price": 100, "category": "physical",
                        "description": .string(String(repeating: "A long description. ", count: 8)),
                    ]
                }
                request.set("order.description.items", to: .array(items))
            }
            try probe.require(call.isAnswered, call.came)
        },
        Check(
            "limits.payments-at-once", .should, "§9", "Sixteen payments at once are all answered with HTTP 200",
            wix: "On a busy day payments fail."
        ) { probe in
            let calls = try await probe.calls(16, .createTransaction) { _ in probe.payment() }
            let failed = calls.filter { !$0.isAnswered }
            try probe.require(failed.isEmpty, "\(failed.count) of 16: \(failed.first?.came ?? "")")
        },
        audit(
            "limits.texts", .must, "§1", "errorCode has at most 50 characters, errorMessage at most 300",
            wix: "Wix may cut them or refuse the message.",
            events: { $0.problem(of: ["errorCode", "errorMessage"]) }
        ) { call in
            call.conclusion.problems.first { $0.field == "errorCode" || $0.field == "errorMessage" }?.description
        },
        audit(
            "limits.ids", .must, "§1", "pluginTransactionId and pluginRefundId are strings of 1 to 200 characters",
            wix: "Wix can't store them: the payment can't be refunded.",
            events: { event in
                event.problem(of: ["pluginTransactionId", "pluginRefundId"]) { $0.isAboutForm }
            }
        ) { call in
            ["pluginTransactionId", "pluginRefundId"].lazy.compactMap { name -> String? in
                switch call.json[name] {
                case nil, .null?: return nil
                case .string(let id)? where (1...Limit.pluginIdCharactersMax).contains(id.utf16.count): return nil
                default: return "\(name) is no string of 1 to \(Limit.pluginIdCharactersMax) characters"
                }
            }.first
        },
    ]
}
