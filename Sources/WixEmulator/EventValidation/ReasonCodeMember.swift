// The `reasonCode` of an answer or event: absent, fitting its context, or wrong. The codes of each
// context come from WixPayments (spec §10).

import WixPayments

/// Where a reason code stands; each context has codes of its own (spec §10).
enum ReasonContext {
    case transaction, refund, action, connection

    func has(_ code: Int) -> Bool {
        switch self {
        case .transaction: PendingCode(rawValue: code) != nil || DeclineCode(rawValue: code) != nil
        case .refund: RefundFailureCode(rawValue: code) != nil
        case .action: ActionFailureCode(rawValue: code) != nil
        case .connection: ConnectionFailureCode(rawValue: code) != nil
        }
    }

    /// Whether the code stood in this context's table once: to be accepted, and not to be sent (spec §10).
    func had(_ code: Int) -> Bool {
        switch (self, ReasonCodeTable.row(of: code)?.group) {
        case (_, .generalLegacy), (.transaction, .declinedLegacy), (.action, .declinedLegacy),
            (.connection, .accountConnectionLegacy):
            true
        default: false
        }
    }
}

/// A message's `reasonCode` as read.
enum ReasonCodeMember {
    /// Not there, or null: success.
    case absent
    /// A number; the problem says that it does not belong here.
    case code(Int, Problem?)
    /// Not a whole number.
    case unreadable(Problem)

    init(_ object: JSON, fits context: ReasonContext, field: String = "reasonCode") {
        switch object["reasonCode"] {
        case nil, .null?: self = .absent
        case .integer(let number)?:
            let code = Int(number)
            self = .code(code, context.has(code) ? nil : Problem(field, "\(code) is not a code for this message"))
        default: self = .unreadable(Problem(field, "must be an integer"))
        }
    }
}
