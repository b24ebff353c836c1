// One answer of the gateway, and what counts as one: the rules of status, media type and body that come before what
// the answer says.

import Foundation
import WixPayments

struct GatewayAnswer: Sendable {
    let status: Int
    /// Every Content-Type header.
    let contentType: [String]
    /// Every Content-Encoding header.
    var contentEncoding: [String] = []
    let body: [UInt8]

    /// Statuses that speak of the call and not of what it was to do, whatever their body says.
    private static let aboutTheCall: Set<Int> = [401, 403, 407, 408, 425, 429]

    /// Reads the body as a message of the contract. 2xx carries any message. Another 4xx carries only a refusal that
    /// is a whole message itself, as from those who send a decline with 402; a proxy's error page never is one.
    func read<Message: GatewayMessage>(_ type: Message.Type = Message.self) throws(OutcomeUnknown) -> Message {
        let mayRefuse = 400..<500 ~= status && !Self.aboutTheCall.contains(status)
        guard 200..<300 ~= status || mayRefuse else { throw OutcomeUnknown("the gateway answered HTTP \(status)") }
        guard isPlain else { throw OutcomeUnknown("the gateway answered HTTP \(status) with a Content-Encoding") }
        guard isJSON else { throw OutcomeUnknown("the gateway answered HTTP \(status) without JSON") }
        let message: Message
        do throws(ContractBreach) {
            message = try Message.read(body)
        } catch {
            throw OutcomeUnknown("the gateway answered HTTP \(status) against the contract: \(error)")
        }
        guard 200..<300 ~= status || message.isRefusal else {
            throw OutcomeUnknown("the gateway answered HTTP \(status) with a body that is no refusal")
        }
        return message
    }

    /// A 404 that the gateway itself gave, not something in front of it: a JSON object without `status`, which web
    /// frameworks put into theirs, and if it names an id, the one asked for.
    func isNotFound(_ id: String) -> Bool {
        struct NotFound: Decodable {
            struct Anything: Decodable {
                init(from decoder: any Decoder) {}
            }
            var id: String?
            var status: Anything?
        }
        guard status == 404, isPlain, isJSON, let message = try? NotFound.read(body), message.status == nil else {
            return false
        }
        return message.id == nil || message.id == id
    }

    /// Not compressed: nothing here would undo it.
    private var isPlain: Bool {
        contentEncoding.allSatisfy { header in
            header.split(separator: ",").allSatisfy {
                $0.trimmingCharacters(in: .whitespaces).lowercased() == "identity"
            }
        }
    }

    /// `application/json`, or a type that builds on it such as RFC 9457's.
    private var isJSON: Bool {
        guard contentType.count == 1, let type = contentType[0].split(separator: ";").first else { return false }
        let name = type.trimmingCharacters(in: .whitespaces).lowercased()
        return name == "application/json" || name.hasPrefix("application/") && name.hasSuffix("+json")
    }
}

/// An answer's body.
protocol GatewayMessage: Decodable {
    /// It says for good that nothing happened.
    var isRefusal: Bool { get }
}

extension GatewayPayment: GatewayMessage {
    var isRefusal: Bool { status == .declined || status == .canceled }
}

extension GatewayResult: GatewayMessage {
    var isRefusal: Bool { status == .failed }
}

extension GatewayAccount: GatewayMessage {
    var isRefusal: Bool { if case .failed = self { true } else { false } }
}
