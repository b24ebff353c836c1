// The fault rules in force. A value; the emulator guards it.

/// Rules in the order they were added; the first that plays wins.
struct FaultBook: Sendable {
    static let rulesMax = 100

    private(set) var rules: [FaultRule]

    init(_ rules: [FaultRule]) {
        self.rules = rules
    }

    /// Adds a rule.
    ///
    /// - Returns: false when there are too many.
    mutating func add(_ rule: FaultRule) -> Bool {
        guard rules.count < Self.rulesMax else { return false }
        rules.append(rule)
        return true
    }

    mutating func clear() { rules = [] }

    /// Removes the rules of one payment.
    mutating func clear(of wixTransactionId: String) {
        rules.removeAll { $0.wixTransactionId == wixTransactionId.lowercased() }
    }

    /// The fault to play on a call, if any; uses up one of its count.
    ///
    /// - Parameter payment: the payment that an event names; nil for token requests and for events without one.
    mutating func draw(
        path: String, payment: String? = nil, random: () -> Double = { Double.random(in: 0..<1) }
    ) -> FaultRule? {
        let payment = payment?.lowercased()
        let index = rules.firstIndex { rule in
            (rule.path == nil || rule.path == path)
                && (rule.wixTransactionId == nil || rule.wixTransactionId == payment)
                && (rule.probability >= 1 || random() < rule.probability)
        }
        guard let index else { return nil }
        let rule = rules[index]
        if let count = rule.count {
            if count == 1 { rules.remove(at: index) } else { rules[index].count = count - 1 }
        }
        return rule
    }
}
