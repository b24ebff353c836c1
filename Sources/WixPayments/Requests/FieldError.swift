// What is wrong with one field of a request (design rule 2).
// Thrown by the readers, answered by the endpoints. Promises never to hold the field's value.

/// One field that can't be accepted, and why.
public struct FieldError: Error, Sendable, Hashable {
    /// The kind of fault.
    public enum Problem: Sendable, Hashable, CaseIterable {
        /// Required and absent or null: 1004.
        case missing
        /// Another JSON type, or text of another form: 1007.
        case format
        /// Well-formed but not allowed: 1009.
        case value
    }

    /// Wix's names from the top, as in `order.description.items[3].price`.
    public var field: String
    /// The kind of fault.
    public var problem: Problem

    /// A fault in `field`.
    public init(_ field: String, _ problem: Problem) {
        self.field = field
        self.problem = problem
    }

    /// 1004, 1007 or 1009: general codes, so they fit every endpoint.
    public var reasonNumber: Int {
        switch problem {
        case .missing: 1004
        case .format: 1007
        case .value: 1009
        }
    }

    /// A stable word for `errorCode`.
    public var errorCode: String {
        switch problem {
        case .missing: "FIELD_MISSING"
        case .format: "FIELD_FORMAT"
        case .value: "FIELD_VALUE"
        }
    }

    /// Names the field, never the value.
    public var message: String {
        switch problem {
        case .missing: "\(field) is required and missing"
        case .format: "\(field) has the wrong type or form"
        case .value: "\(field) has a value that is not allowed"
        }
    }

    /// The fault as an answer of any endpoint.
    public func failure<Code: FailureReasonCode>(as code: Code.Type = Code.self) -> Failure<Code> {
        Failure(Code.listed(reasonNumber), errorCode: errorCode, errorMessage: message)
    }
}
