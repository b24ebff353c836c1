// Reads the fields of one event member and collects what is wrong with them. EventCheck's helper.

import FoundationEssentials

/// Reads fields one by one; `nothingElse` then finds what Wix has no field for.
struct MemberReader {
    let payload: JSON
    private(set) var problems: [Problem]
    /// What Wix takes, and a PSP should not send.
    private(set) var doubts: [Problem] = []
    private let path: String
    private var read: Set<String> = []

    init(_ payload: JSON, at path: String, problems: [Problem]) {
        self.payload = payload
        self.path = path
        self.problems = problems
        if payload.members == nil { self.problems.append(Problem(path, "must be an object")) }
    }

    /// A payment's id: required, in GUID format (spec §1).
    mutating func guid(_ name: String) -> String? {
        guard let text = text(name, required: true, charactersMax: Limit.pluginIdCharactersMax) else { return nil }
        if UUID(uuidString: text) == nil { refuse(name, "must be a GUID") }
        return text
    }

    /// A text of at least one character. Null counts as absent.
    mutating func text(_ name: String, required: Bool, charactersMax: Int) -> String? {
        switch take(name) {
        case nil: if required { refuse(name, Problem.missing) }
        case .string(let text)? where (1...charactersMax).contains(text.utf16.count): return text
        default: refuse(name, "must be a string of 1 to \(charactersMax) characters")
        }
        return nil
    }

    /// The amount in minor units: a string, unlike in requests (spec §6.2).
    mutating func amount() -> Int64? {
        guard let value = take("amount") else {
            refuse("amount", Problem.missing)
            return nil
        }
        guard let digits = value.text, digits.isASCIIDigits, let amount = Int64(digits) else {
            refuse("amount", "must be a string of digits, minor units")
            return nil
        }
        return amount
    }

    /// The code. A string of digits is taken as well, as Wix prints one itself (spec §6.2), and so are the codes of the
    /// older tables (spec §10); `doubts` then tells.
    mutating func reasonCode(_ context: ReasonContext) -> Int? {
        let field = "\(path).reasonCode"
        var value = take("reasonCode") ?? .null
        if let text = value.text, text.isASCIIDigits, let code = Int64(text) {
            doubts.append(Problem(field, Problem.codeIsText))
            value = .integer(code)
        }
        switch ReasonCodeMember(["reasonCode": value], fits: context, field: field) {
        case .absent: return nil
        case .unreadable(let problem):
            problems.append(problem)
            return nil
        case .code(let code, let problem):
            if let problem, context.had(code) {
                doubts.append(
                    Problem(problem.field, "\(code) is a code of Wix's older tables, not to be sent any more"))
            } else if let problem {
                problems.append(problem)
            }
            return code
        }
    }

    mutating func failureTexts() {
        optionalText("errorCode", charactersMax: Limit.errorCodeCharactersMax)
        optionalText("errorMessage", charactersMax: Limit.errorMessageCharactersMax)
    }

    /// One of a card's network reference or the PSP's token (spec §6.6).
    mutating func credentialsOnFile() {
        guard let value = take("credentialsOnFile") else { return }
        switch (value["cardReference"], value["paymentMethodReference"]) {
        case (.object(let reference)?, nil) where isText(reference["networkTransactionId"]): return
        case (nil, .object(let reference)?) where isText(reference["token"]): return
        default:
            refuse(
                "credentialsOnFile",
                "must hold one of cardReference.networkTransactionId, paymentMethodReference.token")
        }
    }

    /// The funding card of a wallet payment (spec §4).
    mutating func cardDetails() {
        guard let value = take("cardDetails") else { return }
        if !isDigits(value["bin"], [6, 8]) {
            refuse("cardDetails.bin", "must be the first 6 or 8 digits, as a string")
        }
        if !isDigits(value["lastFour"], [4]) { refuse("cardDetails.lastFour", "must be 4 digits, as a string") }
    }

    /// Refuses what none of the calls before has read.
    mutating func nothingElse() {
        problems += EventCheck.strangers(in: payload.members ?? [:], known: read, at: path + ".")
    }

    private mutating func optionalText(_ name: String, charactersMax: Int) {
        switch take(name) {
        case nil: return
        case .string(let text)? where text.utf16.count <= charactersMax: return
        default: refuse(name, "must be a string of at most \(charactersMax) characters")
        }
    }

    private mutating func take(_ name: String) -> JSON? {
        read.insert(name)
        let value = payload[name]
        return value == .null ? nil : value
    }

    private mutating func refuse(_ name: String, _ rule: String) {
        problems.append(Problem("\(path).\(name)", rule))
    }

    private func isText(_ value: JSON?) -> Bool { value?.text.map { !$0.isEmpty } ?? false }

    private func isDigits(_ value: JSON?, _ counts: Set<Int>) -> Bool {
        guard let text = value?.text else { return false }
        return counts.contains(text.utf8.count) && text.isASCIIDigits
    }
}

extension String {
    /// Whether there is at least one character, and each is 0 to 9.
    fileprivate var isASCIIDigits: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
