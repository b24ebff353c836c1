// Connect Account (spec §3).

extension Check {
    static let connect: [Check] = [
        Check(
            "connect.success", "§3", "A connection is answered with accountId, accountName and credentials",
            wix: "The merchant can't connect."
        ) { probe in
            let call = try await probe.connect()
            try probe.require(
                call.outcome == .connected,
                ([call.came] + call.conclusion.problems.map(\.description)).joined(separator: "; "))
        },
        Check(
            "connect.same-account", "§3", "The same merchant gets the same accountId again",
            wix: "Wix takes it for another account; payments of the first can't be told to it."
        ) { probe in
            let first = try await probe.connected()
            let second = try await probe.connected()
            let ids = [first, second].map { $0.json["accountId"]?.text ?? "" }
            try probe.require(ids[0] == ids[1], "first \(ids[0]), then \(ids[1])")
        },
        Check(
            "connect.unique-accounts", .should, "§3", "Another merchant gets another accountId",
            wix: "Wix takes two merchants for one account. (Nothing, if both share one account at the PSP.)"
        ) { probe in
            let first = try await probe.connected()
            var request = probe.session.connect()
            request.set("wixMerchantId", to: .string(Session.newID()))
            let other = try await probe.call(.connectAccount, request)
            guard other.outcome == .connected else {
                throw Finding.skipped("\(other.came) to another merchant with the same credentials")
            }
            let ids = [first, other].map { $0.json["accountId"]?.text ?? "" }
            try probe.require(ids[0] != ids[1], "two merchants have \(ids[0])")
        },
        Check(
            "connect.keeps-credentials", "§3", "Every credential comes back under its own name",
            wix: "Wix stores what comes back: what is missing is missing in every payment."
        ) { probe in
            let returned = try await probe.connected().json["credentials"]?.members ?? [:]
            let lost = probe.plan.credentials.keys.filter { returned[$0] == nil }.sorted()
            try probe.require(lost.isEmpty, "not there: \(lost.joined(separator: ", "))")
        },
        Check(
            "connect.string-credentials", "§3", "Credentials have string values only",
            wix: "Wix can't store them."
        ) { probe in
            let returned = try await probe.connected().json["credentials"]?.members ?? [:]
            let wrong = returned.filter { $0.value.text == nil }.keys.sorted()
            try probe.require(wrong.isEmpty, "not a string: \(wrong.joined(separator: ", "))")
        },
        Check(
            "connect.refused", "§3, §10", "Refused credentials are answered with a reasonCode for connections",
            wix: "The merchant sees a wrong reason, or is connected to nothing.", needs: [.refusedCredentials]
        ) { probe in
            let call = try await probe.call(
                .connectAccount, probe.session.connect(probe.plan.refusedCredentials ?? [:]))
            if !call.isAnswered { throw Finding.skipped("\(call.came): see transport.connect-failure-status") }
            try probe.require(call.outcome == .refused, call.came)
            let codes = call.conclusion.problems.filter { $0.field == "reasonCode" }
            try probe.require(codes.isEmpty, codes.map(\.description).joined(separator: "; "))
        },
        Check(
            "connect.optional-fields", "§3", "country, currency and mode may be absent",
            wix: "Merchants without them can't connect."
        ) { probe in
            var request = probe.session.connect()
            for member in ["country", "currency", "mode"] { request.set(member, to: nil) }
            try await probe.requireConnection(request)
        },
        Check(
            "connect.unknown-members", "§0", "Members that are new are ignored",
            wix: "When Wix extends its requests, no merchant can connect."
        ) { probe in
            var request = probe.session.connect()
            request.set("newField", to: ["nested": 1])
            try await probe.requireConnection(request)
        },
    ]
}

extension Probe {
    /// A request that must be taken like the ordinary one.
    fileprivate func requireConnection(_ request: JSON) async throws {
        _ = try await connected()
        let call = try await call(.connectAccount, request)
        try require(call.outcome == .connected, call.came)
    }

    fileprivate func connect() async throws -> PSPCall { try await call(.connectAccount, session.connect()) }

    fileprivate func connected() async throws -> PSPCall {
        let call = try await connect()
        try expect(call, [.connected], "connect.success")
        return call
    }
}
