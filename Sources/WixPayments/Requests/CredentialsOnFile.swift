// A stored way to pay, for later charges (spec §6.6).
// From a processor into answers and events, and nowhere else (design rule 13).

/// What Wix keeps and sends back with a recurring charge; Codable in the shape that goes over the wire.
public enum CredentialsOnFile: Sendable, Hashable {
    /// The card network's ids: `networkTransactionId`, and `dsTransactionId` when 3-D Secure ran.
    case cardReference(networkTransactionId: String, dsTransactionId: String?)
    /// The PSP's token.
    case paymentMethodReference(token: String)
}

extension CredentialsOnFile: Codable {
    private enum Kind: String, CodingKey {
        case cardReference, paymentMethodReference
    }
    private struct CardReference: Codable {
        var networkTransactionId: String
        var dsTransactionId: String?
    }
    private struct PaymentMethodReference: Codable {
        var token: String
    }

    /// Throws `DecodingError` unless there is exactly one of the two kinds with its texts, each 1...
    /// `Limits.tokenBytesMax` bytes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        let card = try container.decodeIfPresent(CardReference.self, forKey: .cardReference)
        let method = try container.decodeIfPresent(PaymentMethodReference.self, forKey: .paymentMethodReference)
        switch (card, method) {
        case (let card?, nil):
            self = .cardReference(
                networkTransactionId: card.networkTransactionId, dsTransactionId: card.dsTransactionId)
        case (nil, let method?):
            self = .paymentMethodReference(token: method.token)
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not exactly one kind of reference"))
        }
        guard texts.allSatisfy({ 1...Limits.tokenBytesMax ~= $0.utf8.count }) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a reference is empty or too long"))
        }
    }

    /// In Wix's shape.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .cardReference(let networkTransactionId, let dsTransactionId):
            try container.encode(
                CardReference(networkTransactionId: networkTransactionId, dsTransactionId: dsTransactionId),
                forKey: .cardReference)
        case .paymentMethodReference(let token):
            try container.encode(PaymentMethodReference(token: token), forKey: .paymentMethodReference)
        }
    }

    private var texts: [String] {
        switch self {
        case .cardReference(let networkTransactionId, let dsTransactionId):
            [networkTransactionId] + [dsTransactionId].compactMap(\.self)
        case .paymentMethodReference(let token): [token]
        }
    }
}

extension CredentialsOnFile: CustomStringConvertible, CustomReflectable {
    /// The kind alone.
    public var description: String {
        switch self {
        case .cardReference: "cardReference •••"
        case .paymentMethodReference: "paymentMethodReference •••"
        }
    }
    /// Without children.
    public var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}
