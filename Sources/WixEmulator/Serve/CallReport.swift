// A call that `wix-emulator send` or `check` makes in Wix's name, told to the emulator so that it knows what was asked
// for and what was answered. Create Transaction is told twice: before the call, without an answer, and after it. Card
// data is masked by the sender, and credentials in answers here.

import FoundationEssentials

/// A reported call.
struct CallReport: Sendable {
    static let path = "/emulator/calls"

    var endpoint: Endpoint
    var request: JSON
    /// nil when none came.
    var answer: PSPAnswer?
    /// From sending to the end of the answer; nil: the call has not been made yet.
    var milliseconds: Double?
    var conclusion: Conclusion

    /// Reads `{ "endpoint", "request": {…}, "answer": { "status", "contentType", "body" }, "milliseconds" }`. Without an
    /// endpoint it is Create Transaction; the last two may be missing.
    static func read(_ body: [UInt8]) -> Result<CallReport, Problem> {
        guard let json = JSON(parsing: body), let request = json["request"] else {
            return .failure(Problem("request", "missing"))
        }
        guard let endpoint = Endpoint(rawValue: json["endpoint"]?.text ?? Endpoint.createTransaction.rawValue) else {
            return .failure(Problem("endpoint", "is none of Wix's five"))
        }
        if endpoint == .createTransaction, request["wixTransactionId"]?.text.flatMap(UUID.init(uuidString:)) == nil {
            return .failure(Problem("request.wixTransactionId", "must be a GUID"))
        }
        var answer: PSPAnswer?
        if let told = json["answer"], let status = told["status"]?.integer {
            answer = PSPAnswer(
                status: Int(status), contentType: told["contentType"]?.text,
                body: Array((told["body"]?.text ?? "").utf8))
        }
        let milliseconds: Double? =
            switch json["milliseconds"] {
            case .integer(let value): Double(value)
            case .number(let value): value
            default: nil
            }
        return .success(
            CallReport(
                endpoint: endpoint, request: request, answer: answer, milliseconds: milliseconds,
                conclusion: Conclusion(from: answer, of: endpoint, request: request)))
    }

    /// The payment that the call is about; nil for Connect Account.
    var wixTransactionId: String? { request["wixTransactionId"]?.text }

    /// What Create Transaction asks for, as far as it can be read.
    var terms: WixPaymentView.Terms? {
        let description = request["order"]?["description"]
        guard endpoint == .createTransaction, let amount = description?["totalAmount"]?.integer,
            let currency = description?["currency"]?.text
        else { return nil }
        return .init(amount: amount, currency: currency, authorizeOnly: request["authorizeOnly"] == true)
    }

    /// - Parameter now: seconds since 1970.
    func apply(to payment: inout WixPaymentView, now: Int64) {
        if endpoint == .refundTransaction, let id = request["wixRefundId"]?.text { payment.ask(refund: id) }
        if let answer {
            payment.receive(
                answer: conclusion, of: endpoint, request: request, body: JSON(parsing: answer.body) ?? .null, now: now)
        } else if let terms {
            payment.request(terms)
        }
    }

    /// The report to send.
    ///
    /// - Parameter request: masked.
    static func json(
        endpoint: Endpoint = .createTransaction, request: JSON, answer: PSPAnswer?, milliseconds: Double? = nil
    ) -> JSON {
        var members: [String: JSON] = ["endpoint": .string(endpoint.rawValue), "request": request]
        members["answer"] = answer.map {
            [
                "status": .integer(Int64($0.status)), "contentType": $0.contentType.map(JSON.string) ?? .null,
                "body": .string(String(decoding: $0.body, as: UTF8.self)),
            ]
        }
        members["milliseconds"] = milliseconds.map(JSON.number)
        return .object(members)
    }
}
