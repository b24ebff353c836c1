// Schema: what a PSP makes of requests that are as they may be (spec §0, §4, §11), and of one that is not.

extension Check {
    static let schema: [Check] = [
        Check(
            "schema.unknown-members", "§0", "Members that are new are ignored, at every depth",
            wix: "When Wix extends its requests, every payment fails."
        ) { probe in
            try await probe.requireApproval("with members that are new") { request in
                request.set("newField", to: ["nested": [1, 2]])
                request.set("order.newField", to: "x")
                request.set("order.description.newField", to: 1)
                request.set("order.description.billingAddress.newField", to: true)
                request.set("paymentMethodData.card.newField", to: .null)
            }
        },
        Check(
            "schema.minimal", "§4", "A payment with the required fields only is answered",
            wix: "Payments of shops that ask their buyers for less fail."
        ) { probe in
            let call = try await probe.pay { request in
                for member in [
                    "installments", "fraudInformation", "offSession", "moto", "scaRequested", "authorizeOnly",
                ] {
                    request.set(member, to: nil)
                }
                for member in ["id", "returnUrls"] { request.set("order.\(member)", to: nil) }
                for member in ["items", "charges", "billingAddress", "shippingAddress", "buyerInfo"] {
                    request.set("order.description.\(member)", to: nil)
                }
            }
            try probe.require(call.outcome != .failure, call.came)
            let needed: Set = [1004, 4001, 4002, 4003, 4004]
            if let code = call.reasonCode, needed.contains(code) {
                throw Finding.skipped("the PSP requires more fields: they must be set as required at Wix (spec §14)")
            }
        },
        Check(
            "schema.missing-field", "§4", "A payment without its order is answered, and not approved",
            wix: "A call that is never answered blocks the buyer until Wix's time is over."
        ) { probe in
            let call = try await probe.withoutOrder()
            try probe.require(call.answer != nil, call.came)
            try probe.require(
                [.declined, .failure].contains(call.outcome), "\(call.came) although there is no amount")
        },
        Check(
            "schema.missing-field-code", .should, "§10", "A missing field is answered with HTTP 200 and a reasonCode",
            wix: "Wix takes it as failed and may call again, with the same result."
        ) { probe in
            let call = try await probe.withoutOrder()
            if call.answer == nil { throw Finding.skipped("it is not answered: see schema.missing-field") }
            if call.isAnswered, call.json["reasonCode"] == nil {
                throw Finding.skipped("\(call.came): see schema.missing-field")
            }
            try probe.require(call.outcome == .declined, call.came)
        },
        Check(
            "schema.amount-string", .should, "§11", "An amount is read as a number and as a string of digits",
            wix: "Nothing while Wix sends numbers over REST; its own types for Velo have strings."
        ) { probe in
            try await probe.requireApproval("whose amount is a string") { request in
                request.set("order.description.totalAmount", to: .string("\(probe.plan.amount)"))
            }
        },
        Check(
            "schema.nulls", .should, "§4", "A null is as good as an absent member",
            wix: "Payments of shops without a page to cancel or wait on fail."
        ) { probe in
            try await probe.requireApproval("with null members") { request in
                for path in [
                    "order.returnUrls.cancelUrl", "order.returnUrls.pendingUrl", "order.id", "fraudInformation",
                ] {
                    request.set(path, to: .null)
                }
            }
        },
        Check(
            "schema.unknown-enums", .should, "§4", "An enumeration's value that is new is no error",
            wix: "When Wix adds a value, the payments that carry it fail."
        ) { probe in
            try await probe.requireApproval("with an item of a new category") { request in
                request.set(
                    "order.description.items",
                    to: [["id": "1", "name": "Tea", "quantity": 1, "price": 100, "category": "somethingNew"]])
            }
        },
        answered(
            "schema.modes", "§13", "without a mode, or with mode undefined",
            [
                { $0.set("mode", to: nil) },
                {
                    $0.set("mode", to: "undefined")
                },
            ]),
        answered(
            "schema.hosted-page", "§4", "without paymentMethod, or with one that is not listed",
            [
                { request in
                    request.set("paymentMethod", to: nil)
                    request.set("paymentMethodData", to: nil)
                },
                { request in
                    request.set("paymentMethod", to: "0a8f4c6d-2e1b-4d39-8f57-3c6b9a7e5d21")
                    request.set("paymentMethodData", to: nil)
                },
            ]),
        answered(
            "schema.wallets", "§4, §12", "with Google Pay",
            [
                { request in
                    let method = SampleMethod.googlePay(
                        pan: SampleMethod.walletPan, authenticationMethod: "CRYPTOGRAM_3DS")
                    request.set("paymentMethod", to: method.identifier.map(JSON.string))
                    request.set("paymentMethodData", to: method.data)
                }
            ]),
        answered(
            "schema.zero-amount", "§8", "of amount 0",
            [{ $0.set("order.description.totalAmount", to: 0) }]),
        answered(
            "schema.large-amount", "§11", "of more than 32 bits of minor units",
            [{ $0.set("order.description.totalAmount", to: 3_000_000_000) }]),
        answered(
            "schema.currencies", "§11", "in a currency without minor units, and in one with three digits of them",
            ["JPY", "KWD"].map { currency in
                { $0.set("order.description.currency", to: .string(currency)) }
            }),
    ]

    /// Payments that may be declined, but have to be answered in Wix's terms.
    private static func answered(
        _ id: String, _ source: String, _ what: String, _ edits: [@Sendable (inout JSON) -> Void]
    ) -> Check {
        Check(
            id, .should, source, "A payment \(what) is answered with HTTP 200: approved, or declined with a reasonCode",
            wix: "Wix takes it as failed and may call again, with the same result."
        ) { probe in
            for edit in edits {
                var request = probe.payment()
                edit(&request)
                let call = try await probe.call(.createTransaction, request)
                let isReadable = call.outcome != .failure || call.json["reasonCode"] != nil
                try probe.require(call.isAnswered && isReadable, "\(call.came) to a payment \(what)")
            }
        }
    }
}

extension Probe {
    fileprivate func withoutOrder() async throws -> PSPCall {
        var request = payment()
        request.set("order", to: nil)
        return try await call(.createTransaction, request)
    }

    /// A payment that has to be approved as the ordinary one is.
    fileprivate func requireApproval(_ what: String, _ edit: (inout JSON) -> Void) async throws {
        if session.approval == .never { throw Finding.skipped("no payment is approved: see create.approved") }
        let call = try await pay(nil, wanting: [.approved], edit)
        try require(call.outcome == .approved, "\(call.came) to a payment \(what)")
    }
}
