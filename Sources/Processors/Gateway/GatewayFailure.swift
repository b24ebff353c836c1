// Why something failed or waits, in a gateway's words.

import WixPayments

/// `reasonCode`, `errorCode` and `errorMessage` of an answer, each optional.
struct GatewayFailure: Sendable, Hashable, Decodable {
    /// Wix's codes have four digits. One outside is no code at all, while one that Wix does not list, or not for this
    /// context, becomes the context's general one.
    static let reasonCodes = 1_000...9_999

    let reasonCode: Int?
    let errorCode: String?
    let errorMessage: String?

    private enum CodingKeys: String, CodingKey {
        case reasonCode, errorCode, errorMessage
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        reasonCode = try members.decodeIfPresent(Int.self, forKey: .reasonCode)
        errorCode = try members.decodeIfPresent(String.self, forKey: .errorCode)
        errorMessage = try members.decodeIfPresent(String.self, forKey: .errorMessage)
        if let reasonCode, !Self.reasonCodes.contains(reasonCode) { throw members.notAllowed(.reasonCode) }
    }

    /// Refuses a reason code beside a success: one of the two is wrong, and nobody can tell which.
    func refuseCode(in decoder: any Decoder) throws {
        guard reasonCode != nil else { return }
        throw try decoder.container(keyedBy: CodingKeys.self).notAllowed(.reasonCode)
    }

    /// What `errorCode` says where the gateway says nothing.
    static let refusedByProvider = "DECLINED_BY_PROVIDER"

    /// Why something was refused, as Wix takes it in one context; `code` stands for an absent one. Texts are never
    /// missing: Wix asks for both beside 6000 (spec §10).
    func refusal<Code: FailureReasonCode>(without code: Code = .fallback) -> Failure<Code> {
        let own = failure(as: reasonCode == nil ? code : Code(fromGateway: reasonCode))
        let message = own.code == .generalError ? "The provider gave no reason that Wix knows" : own.code.message
        return Failure(
            own.code, errorCode: own.errorCode ?? Self.refusedByProvider, errorMessage: own.errorMessage ?? message)
    }

    /// Why something waits; without a code 5009.
    func waiting() -> Failure<PendingCode> { failure(as: PendingCode(fromGateway: reasonCode)) }

    /// The texts with a code that is known already.
    func failure<Code: ReasonCode>(as code: Code) -> Failure<Code> {
        Failure(code, errorCode: errorCode, errorMessage: errorMessage)
    }
}

extension GatewayFailure: CustomStringConvertible, CustomReflectable {
    /// The reason code; the texts may name a person or a card.
    var description: String { reasonCode.map(String.init) ?? "no reason code" }
    /// Without children.
    var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}
