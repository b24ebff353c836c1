// A Create Transaction call that `wix-emulator send` makes in Wix's name, told to the emulator so
// that it knows a payment's amount and what was answered. Sent twice: before the call, without an
// answer, and after it. Card data is masked by the sender.

import FoundationEssentials

/// A reported call.
struct CallReport: Sendable {
    static let path = "/emulator/calls"

    var wixTransactionId: String
    var terms: WixPaymentView.Terms?
    var conclusion: Conclusion?

    /// Reads `{ "request": {…}, "answer": { "status", "contentType", "body" } }`; the answer may be missing.
    static func read(_ body: [UInt8]) -> Result<CallReport, Problem> {
        guard let json = JSON(parsing: body), let request = json["request"] else {
            return .failure(Problem("request", "missing"))
        }
        guard let id = request["wixTransactionId"]?.text, UUID(uuidString: id) != nil else {
            return .failure(Problem("request.wixTransactionId", "must be a GUID"))
        }
        var report = CallReport(wixTransactionId: id)
        let description = request["order"]?["description"]
        if let amount = description?["totalAmount"]?.integer, let currency = description?["currency"]?.text {
            report.terms = .init(amount: amount, currency: currency, authorizeOnly: request["authorizeOnly"] == true)
        }
        if let answer = json["answer"], let status = answer["status"]?.integer {
            let answer = PSPAnswer(
                status: Int(status), contentType: answer["contentType"]?.text,
                body: Array((answer["body"]?.text ?? "").utf8))
            report.conclusion = Conclusion(from: answer, of: .createTransaction, request: request)
        }
        return .success(report)
    }

    func apply(to payment: inout WixPaymentView) {
        if let conclusion {
            payment.receive(answer: conclusion)
        } else if let terms {
            payment.request(terms)
        }
    }

    /// The report to send.
    static func json(request: JSON, answer: PSPAnswer?) -> JSON {
        var members: [String: JSON] = ["request": request]
        members["answer"] = answer.map {
            [
                "status": .integer(Int64($0.status)), "contentType": $0.contentType.map(JSON.string) ?? .null,
                "body": .string(String(decoding: $0.body, as: UTF8.self)),
            ]
        }
        return .object(members)
    }
}
