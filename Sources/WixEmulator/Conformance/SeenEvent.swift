// A call of Submit Event as the emulator recorded it, read back by the checks. Lenient: an event that breaks a rule must
// still be found, so that the check of that rule, and no other, turns red.

import WixPayments

/// A recorded event.
struct SeenEvent: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        case transaction, refund, capture, void
    }

    /// As in the record: UTC with milliseconds, so it sorts as text.
    var time: String
    var status: Int
    var userAgent: String?
    /// Tells tokens apart.
    var token: String?
    /// The fault that was played; nil: Wix's own answer.
    var fault: String?
    /// Why it was refused.
    var problems: [String]
    /// As it came.
    var raw: String
    var body: JSON

    init?(_ record: JSON) {
        guard let time = record["time"]?.text, let status = record["status"]?.integer, let raw = record["body"]?.text
        else { return nil }
        self.time = time
        self.status = Int(status)
        self.raw = raw
        userAgent = record["userAgent"]?.text
        token = record["token"]?.text
        fault = record["fault"]?.text
        body = JSON(parsing: Array(raw.utf8)) ?? .null
        guard case .array(let problems)? = record["problems"] else { return nil }
        self.problems = problems.compactMap(\.text)
    }

    /// Which member the event has, wherever it stands.
    var kind: Kind? { Kind.allCases.first { body.first(named: $0.rawValue)?.members != nil } }

    /// What the member holds.
    var payload: JSON { kind.flatMap { body.first(named: $0.rawValue) } ?? .null }

    var wixTransactionId: String? { body.first(named: "wixTransactionId")?.text?.lowercased() }
    var wixRefundId: String? { payload["wixRefundId"]?.text }
    var pluginRefundId: String? { payload["pluginRefundId"]?.text }

    /// The code, also when it is written as a string.
    var reasonCode: Int? {
        payload["reasonCode"]?.integer.map(Int.init) ?? payload["reasonCode"]?.text.flatMap { Int($0) }
    }

    /// The amount in minor units, also when it is written as a number.
    var amount: Int64? { payload["amount"]?.integer ?? payload["amount"]?.text.flatMap { Int64($0) } }

    /// The amount as the event has it, for a report.
    var amountAsWritten: String { payload["amount"].map { $0.line() } ?? "missing" }

    /// Pending, or else final.
    var isPending: Bool { reasonCode.map { PendingCode(rawValue: $0) != nil } ?? false }

    /// What the fields alone break, apart from what went before.
    var fieldProblems: [Problem] {
        guard case .failure(let refused) = EventCheck.read(Array(raw.utf8)) else { return [] }
        return refused.problems
    }

    /// What Wix takes of the fields, and a PSP should not send.
    private var fieldDoubts: [Problem] {
        guard case .success(let event) = EventCheck.read(Array(raw.utf8)) else { return [] }
        return event.doubts
    }

    /// What is wrong with one of these members.
    func problem(of names: Set<String>, where fits: (Problem) -> Bool = { _ in true }) -> String? {
        (fieldProblems + fieldDoubts).first { problem in
            names.contains(problem.field.split(separator: ".").last.map(String.init) ?? "") && fits(problem)
        }?.description
    }

    var evidence: JSON {
        var members: [String: JSON] = [
            "time": .string(time), "status": .integer(Int64(status)), "body": body == .null ? .string(raw) : body,
            "problems": .array(problems.map(JSON.string)), "userAgent": userAgent.map(JSON.string) ?? .null,
        ]
        members["fault"] = fault.map(JSON.string)
        return .object(members)
    }
}
