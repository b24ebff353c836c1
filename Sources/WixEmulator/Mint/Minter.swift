// Mints signed requests on all cores: a signature takes about a millisecond, so everything else is kept out of the way.
// The body is built once and the ids are put into it.

import FoundationEssentials
public import RequestDigest

/// Makes signed requests.
public struct Minter: Sendable {
    /// How requests are written down.
    public enum Format: Sendable {
        case lines
        case curl(CurlStyle)
    }

    /// Requests that a core mints between two writes.
    private static let batch = 128

    private let plan: MintPlan
    private let template: BodyTemplate
    private let privateKeyPEM: String
    private let stranger: String

    /// - Throws: `KeyError` when the key can't be used.
    public init(_ plan: MintPlan, privateKeyPEM: String) throws(KeyError) {
        _ = try DigestSigner(privateKeyPEM: privateKeyPEM)
        self.plan = plan
        self.privateKeyPEM = privateKeyPEM
        stranger = strangersKeyPEM
        template = BodyTemplate(plan)
    }

    /// Mints everything and hands it on in order, piece by piece.
    ///
    /// - Parameter now: seconds since 1970; when the tokens are issued.
    public func mint(
        _ format: Format, now: Int64, cores: Int, _ write: (ArraySlice<UInt8>) throws -> Void
    ) async throws {
        var next = 0
        while next < plan.distinct {
            let starts = Array(stride(from: next, to: plan.distinct, by: Self.batch).prefix(cores))
            let pieces = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
                for start in starts {
                    let range = start..<min(start + Self.batch, plan.distinct)
                    group.addTask { (start, try piece(range, format, now)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for start in starts { try write((pieces[start] ?? [])[...]) }
            next += starts.count * Self.batch
        }
    }

    private func piece(_ range: Range<Int>, _ format: Format, _ now: Int64) throws(KeyError) -> [UInt8] {
        let signer = try DigestSigner(privateKeyPEM: privateKeyPEM)
        let stranger = plan.tamper == .key ? try DigestSigner(privateKeyPEM: stranger) : signer
        var bytes: [UInt8] = []
        for number in range {
            let request = try request(number, signer, stranger, now)
            let written =
                switch format {
                case .lines: request.line()
                case .curl(let style): request.curl(style)
                }
            for _ in 0...plan.repeats { bytes += written }
        }
        return bytes
    }

    /// The request of a number, 0...
    func request(
        _ number: Int, _ signer: DigestSigner, _ stranger: DigestSigner, _ now: Int64
    ) throws(KeyError) -> MintedRequest {
        let id = Session.newID()
        let body = template.body(id: id, number: number)
        // Issued a little ago: the machine under test may have another clock, and iat must not lie ahead of it.
        let issued = now - Self.issuedSecondsAgo
        let isSpoiled = (number + 1) * plan.tamperPercent / 100 > number * plan.tamperPercent / 100
        guard isSpoiled else {
            let digest = try signer.header(for: body, issuedAt: issued, expiresAt: now + plan.validSeconds)
            return MintedRequest(id: id, path: plan.path, digest: digest, body: body)
        }
        if plan.tamper == .key {
            let digest = try stranger.header(for: body, issuedAt: issued, expiresAt: now + plan.validSeconds)
            return MintedRequest(id: id, path: plan.path, digest: digest, body: body)
        }
        let spoiled = try SignedCall(body, signer: signer, now: now, tamper: plan.tamper)
        return MintedRequest(id: id, path: plan.path, digest: spoiled.digest, body: spoiled.body)
    }

    private static let issuedSecondsAgo: Int64 = 5
}

/// A body with gaps for what differs.
struct BodyTemplate: Sendable {
    private enum Part: Sendable {
        case bytes([UInt8])
        case id
        case payment, plugin
    }

    private var parts: [Part] = []
    private let payments: [MintPlan.Payment]
    private let each: Int

    init(_ plan: MintPlan) {
        // Stand-ins that occur nowhere else.
        let id = Session.newID()
        let payment = Session.newID()
        let plugin = Session.newID()
        let json: JSON
        switch plan.kind {
        case .payments:
            (payments, each) = ([], 1)
            json = Self.create(plan, id: id)
        case .refunds(let list, let each, let amount):
            (payments, self.each) = (list, each)
            json =
                FollowUpCall(
                    wixTransactionId: payment, pluginTransactionId: plugin, credentials: plan.credentials,
                    kind: .refund(wixRefundId: id, amount: amount, reason: nil, mode: plan.mode)
                ).json
        }
        var rest = json.bytes()[...]
        while !rest.isEmpty {
            let found = [(id, Part.id), (payment, .payment), (plugin, .plugin)].compactMap { text, part in
                rest.firstRange(of: Array(text.utf8)).map { ($0, part) }
            }.min { $0.0.lowerBound < $1.0.lowerBound }
            guard let (range, part) = found else { break }
            parts += [.bytes(Array(rest[..<range.lowerBound])), part]
            rest = rest[range.upperBound...]
        }
        parts.append(.bytes(Array(rest)))
    }

    func body(id: String, number: Int) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(2_048)
        for part in parts {
            switch part {
            case .bytes(let bytes): body += bytes
            case .id: body += id.utf8
            case .payment: body += payments[number / each].wixTransactionId.utf8
            case .plugin: body += payments[number / each].pluginTransactionId.utf8
            }
        }
        return body
    }

    private static func create(_ plan: MintPlan, id: String) -> JSON {
        let order = SampleOrder(
            id: id, amount: plan.amount, currency: plan.currency,
            returnUrls: .init(emulator: "https://localhost:8444", wixTransactionId: id))
        var json = CreateCall(
            wixTransactionId: id, wixMerchantId: plan.wixMerchantId, credentials: plan.credentials, order: order,
            method: .card(SampleCard(number: plan.card)), mode: plan.mode
        ).json
        guard plan.isSmall else { return json }
        let smallOrder: JSON = [
            "description": ["totalAmount": .integer(plan.amount), "currency": .string(plan.currency)]
        ]
        json.set("order", to: smallOrder)
        for member in ["installments", "offSession", "moto", "scaRequested", "authorizeOnly", "fraudInformation"] {
            json.set(member, to: nil)
        }
        return json
    }
}
