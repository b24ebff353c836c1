// What is wrong with a message of the gateway, in words that can be logged and answered.

public import WixPayments

/// A message of the gateway that does not keep to the contract (deploy/gateway.openapi.yaml).
public enum ContractBreach: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not a JSON object.
    case notJSON
    /// Two members of one object have the same name: nobody can tell which one is meant.
    case repeatedMember
    /// A member that is missing, of another type, or not allowed.
    case field(FieldError)

    /// Names the member, never its value.
    public var description: String {
        switch self {
        case .notJSON: "the body is not a JSON object"
        case .repeatedMember: "a member stands more than once in the same object"
        case .field(let error): error.message
        }
    }

    static func field(_ name: String, _ problem: FieldError.Problem) -> ContractBreach {
        .field(FieldError(name, problem))
    }
}
