// The store's rules once more, as plainly as they can be said: one value, one step after the other, nothing on disk.
// Written from the design (rules 4 to 9) and not from the store, so that the two can be held against each other.

/// Everything that a store ought to know.
struct Model: Hashable {
    struct Payment: Hashable {
        var state = "claimed"
        /// Pending since its buyer was on the page.
        var isAfterPage = false
        var captured = 0
        var refunded = 0
        var refunding = 0
        var authorizeOnly = false
        var finalEvents = 0
        var pendingEvents = 0
        var conflicts: Set<String> = []
        var create = Operation()
        var action: Operation?
        /// How the last action went: capture or void, and whether it succeeded.
        var actionKind = ""
        var refunds: [Int: Refund] = [:]
    }

    struct Operation: Hashable {
        var generation = 1
        /// The process that holds it; nil: handed over.
        var owner: Int?
        var isSettled = false
        var hasFailed = false
        var isLost = false
    }

    struct Refund: Hashable {
        var amount: Int
        var state = "claimed"
        var operation = Operation()
    }

    static let amount = 1_000
    var payments: [Int: Payment] = [:]
}

/// What can be done to a store. `process` is who does it.
enum Step: Hashable, CustomStringConvertible {
    case create(payment: Int, process: Int, authorizeOnly: Bool)
    case settle(payment: Int, generation: Int, outcome: String)
    case pendingAtDeadline(payment: Int)
    case report(payment: Int, outcome: String)
    case expire(payment: Int)
    case handOver(payment: Int, generation: Int)
    case notFound(payment: Int, generation: Int)
    case reclaim(payment: Int, generation: Int, process: Int)
    case seize(payment: Int, generation: Int, process: Int)
    case sweep
    case refund(payment: Int, refund: Int, amount: Int, process: Int)
    case settleRefund(payment: Int, refund: Int, succeeded: Bool)
    case act(payment: Int, kind: String, amount: Int, process: Int)
    case settleAction(payment: Int, kind: String, succeeded: Bool)

    var description: String {
        switch self {
        case .create(let payment, let process, let only): "create \(payment) by \(process)\(only ? " authorize" : "")"
        case .settle(let payment, let generation, let outcome): "settle \(payment) g\(generation) \(outcome)"
        case .pendingAtDeadline(let payment): "deadline \(payment)"
        case .report(let payment, let outcome): "report \(payment) \(outcome)"
        case .expire(let payment): "expire \(payment)"
        case .handOver(let payment, let generation): "hand over \(payment) g\(generation)"
        case .notFound(let payment, let generation): "not found \(payment) g\(generation)"
        case .reclaim(let payment, let generation, let process): "reclaim \(payment) g\(generation) by \(process)"
        case .seize(let payment, let generation, let process): "seize \(payment) g\(generation) by \(process)"
        case .sweep: "sweep"
        case .refund(let payment, let refund, let amount, let process):
            "refund \(refund) of \(payment) \(amount) by \(process)"
        case .settleRefund(let payment, let refund, let succeeded): "settle refund \(refund) of \(payment) \(succeeded)"
        case .act(let payment, let kind, let amount, let process): "\(kind) \(payment) \(amount) by \(process)"
        case .settleAction(let payment, let kind, let succeeded): "settle \(kind) of \(payment) \(succeeded)"
        }
    }
}

extension Model {
    /// Takes a step; returns what the caller is told. `living` are the processes that live.
    mutating func take(_ step: Step, living: Set<Int>) -> String {
        switch step {
        case .create(let id, let process, let only):
            if payments[id] != nil { return "existing" }
            payments[id] = Payment(authorizeOnly: only, create: Operation(owner: process))
            return "claimed g1"
        case .settle(let id, let generation, let outcome):
            return with(id) { payment in
                if !payment.create.isSettled, payment.create.generation != generation { return "superseded" }
                let result = payment.learn(outcome)
                if result != "late redirect" { payment.create.settle() }
                return result
            }
        case .pendingAtDeadline(let id):
            return with(id) { $0.state == "claimed" ? $0.learn("pending") : "unchanged" }
        case .report(let id, let outcome):
            return with(id) { payment in
                let result = payment.learn(outcome)
                if result == "settled", !payment.create.isSettled {
                    payment.create.settle()
                    payment.create.generation += 1
                }
                return result
            }
        case .expire(let id):
            return with(id) { payment in
                guard payment.state == "redirected" else { return "unchanged" }
                payment.state = "expired"
                payment.finalEvents += 1
                return "settled"
            }
        case .handOver(let id, let generation):
            return with(id) { payment in
                if !payment.create.isSettled, payment.create.generation == generation { payment.create.owner = nil }
                return "done"
            }
        case .notFound(let id, let generation):
            return with(id) { payment in
                if payment.create.isFree(generation) { payment.create.isLost = true }
                return "done"
            }
        case .reclaim(let id, let generation, let process):
            return with(id) { payment in
                guard payment.create.isFree(generation), payment.create.isLost else { return "no" }
                payment.create.take(process)
                return "g\(payment.create.generation)"
            }
        case .seize(let id, let generation, let process):
            return with(id) { payment in
                guard payment.create.isFree(generation) else { return "no" }
                payment.create.take(process)
                return "g\(payment.create.generation)"
            }
        case .sweep:
            var count = 0
            for id in payments.keys { count += payments[id]?.handOverDead(living) ?? 0 }
            return "\(count)"
        case .refund(let id, let number, let amount, let process):
            return with(id) { $0.refund(number, amount, process) }
        case .settleRefund(let id, let number, let succeeded):
            return with(id) { $0.settleRefund(number, succeeded) }
        case .act(let id, let kind, let amount, let process):
            return with(id) { $0.act(kind, amount, process) }
        case .settleAction(let id, let kind, let succeeded):
            return with(id) { $0.settleAction(kind, succeeded) }
        }
    }

    private mutating func with(_ id: Int, _ body: (inout Payment) -> String) -> String {
        guard var payment = payments[id] else { return "unknown" }
        defer { payments[id] = payment }
        return body(&payment)
    }
}

extension Model.Operation {
    mutating func settle() {
        isSettled = true
        owner = nil
    }

    func isFree(_ known: Int) -> Bool { !isSettled && owner == nil && generation == known }

    mutating func take(_ process: Int) {
        generation += 1
        owner = process
        isLost = false
    }

    mutating func handOverDead(_ living: Set<Int>) -> Int {
        guard !isSettled, let process = owner, !living.contains(process) else { return 0 }
        owner = nil
        generation += 1
        return 1
    }
}

extension Model.Payment {
    private var hasSucceeded: Bool {
        ["authorized", "approved", "capturing", "captured", "voiding", "voided"].contains(state)
    }
    private var isOpen: Bool { ["claimed", "redirected", "pending"].contains(state) }

    /// Design rule 9.
    mutating func learn(_ outcome: String) -> String {
        switch outcome {
        case "approved", "authorized":
            if isOpen { return become(outcome) }
            if hasSucceeded, state != "voided" || outcome == "authorized" { return "unchanged" }
        case "declined":
            if isOpen { return become("declined") }
            // Some gateways call a voided authorization declined; no money moved either way.
            if !hasSucceeded || state == "voided" { return "unchanged" }
        case "pending":
            if state == "claimed" || state == "redirected" {
                isAfterPage = state == "redirected"
                state = "pending"
                pendingEvents += 1
                return "settled"
            }
            return "unchanged"
        default:
            if state == "claimed" {
                state = "redirected"
                return "settled"
            }
            return state == "pending" && !isAfterPage ? "late redirect" : "unchanged"
        }
        conflicts.insert("\(state) \(outcome)")
        return "conflict"
    }

    private mutating func become(_ next: String) -> String {
        state = next
        finalEvents += 1
        return "settled"
    }

    private var charged: Int { state == "approved" ? Model.amount : state == "captured" ? captured : 0 }

    mutating func refund(_ number: Int, _ amount: Int, _ process: Int) -> String {
        if refunds[number] != nil { return "existing" }
        guard amount <= charged - refunded - refunding, charged > 0 else {
            refunds[number] = Model.Refund(amount: amount, state: "failed", operation: .init(isSettled: true))
            return "refused"
        }
        refunding += amount
        refunds[number] = Model.Refund(amount: amount, operation: .init(owner: process))
        return "claimed"
    }

    mutating func settleRefund(_ number: Int, _ succeeded: Bool) -> String {
        guard var refund = refunds[number] else { return "unknown" }
        defer { refunds[number] = refund }
        let outcome = succeeded ? "succeeded" : "failed"
        guard refund.state == "claimed" else {
            if refund.state == outcome { return "unchanged" }
            conflicts.insert("refund \(refund.state) refund \(outcome)")
            return "conflict"
        }
        // The test settles with the first claim, which is no longer good once the refund was handed over.
        if refund.operation.generation != 1 { return "superseded" }
        refunding -= refund.amount
        if succeeded { refunded += refund.amount }
        refund.state = outcome
        refund.operation.settle()
        return "settled"
    }

    mutating func act(_ kind: String, _ amount: Int, _ process: Int) -> String {
        switch state {
        case "capturing", "voiding": return "busy"
        case "captured", "approved": return "already captured"
        case "voided": return "already voided"
        case "authorized": break
        default: return "not authorized"
        }
        guard kind == "capture" ? amount <= Model.amount : amount == Model.amount else { return "mismatch" }
        state = kind == "capture" ? "capturing" : "voiding"
        captured = kind == "capture" ? amount : captured
        action = Model.Operation(owner: process)
        actionKind = kind
        return "begun"
    }

    mutating func settleAction(_ kind: String, _ succeeded: Bool) -> String {
        guard var running = action, actionKind == kind else { return "unknown" }
        defer { action = running }
        if running.isSettled {
            guard running.hasFailed == succeeded else { return "repeated" }
            conflicts.insert(
                "\(kind) \(succeeded ? "failed" : "succeeded") \(kind) \(succeeded ? "succeeded" : "failed")")
            return "contradicted"
        }
        if running.generation != 1 { return "superseded" }
        running.settle()
        running.hasFailed = !succeeded
        state = succeeded ? (kind == "capture" ? "captured" : "voided") : "authorized"
        return "finished"
    }

    mutating func handOverDead(_ living: Set<Int>) -> Int {
        var count = create.handOverDead(living)
        count += action?.handOverDead(living) ?? 0
        for number in refunds.keys { count += refunds[number]?.operation.handOverDead(living) ?? 0 }
        return count
    }
}
