// Digest: what must be refused, and that nothing else comes of it (spec §2).

import FoundationEssentials
import RequestDigest

extension Check {
    static let genuine = "digest.genuine"

    static let digest: [Check] =
        [
            Check(
                genuine, "§2", "A correctly signed call is answered with HTTP 200",
                wix: "Wix takes every call as failed: no merchant can connect, no buyer can pay."
            ) { probe in
                let call = try await probe.call(.createTransaction, probe.payment())
                try probe.require(call.isAnswered, call.came)
            },
            Check(
                "digest.header-case", "§2", "The header's name is read in any case: DIGEST is Digest",
                wix: "Proxies may change the case; Wix's calls would be refused."
            ) { probe in
                let call = try await probe.call(.createTransaction, probe.payment(), .init(headerName: "DIGEST"))
                try probe.require(call.isAnswered, "\(call.came) to a genuine call whose header is called DIGEST")
            },
            refusal(
                "digest.missing", "§2 step 2", "A call without a Digest header is refused",
                wix: "Anybody can make payments and refunds in Wix's name.", .absent),
            refusal(
                "digest.body", "§2 step 5", "A call whose body was changed after signing is refused",
                wix: "Whoever has seen one call can change its amount or its merchant.", .spoiled(.body)),
            refusal(
                "digest.signature", "§2 step 3", "A call with a wrong signature is refused",
                wix: "Anybody can make payments and refunds in Wix's name.", .spoiled(.signature)),
            refusal(
                "digest.key", "§2 step 3", "A call signed with another key is refused",
                wix: "Anybody can sign for Wix.", .spoiled(.key)),
            refusal(
                "digest.expired", "§2 step 4", "A call whose token expired an hour ago is refused",
                wix: "A call that was seen once can be replayed for ever.", .spoiled(.expired)),
            refusal(
                "digest.alg-none", "§2 step 3", "A token that says it needs no signature (alg none) is refused",
                wix: "Anybody can make payments and refunds in Wix's name.", .spoiled(.algNone)),
            Check(
                "digest.alg-hs256", "§2 step 3",
                "A token signed with HMAC, the public key as its secret, is refused: only RS256 is taken",
                wix: "The public key is enough to sign for Wix.", needs: [.publicKey]
            ) { probe in
                let pem = probe.plan.publicKeyPEM ?? ""
                for secret in [pem, pem.trimmingNewlines, pem.trimmingNewlines + "\n"] {
                    let request = probe.payment()
                    let token = DigestToken.hmac(request.bytes(), secret: secret)
                    try probe.refused(try await probe.call(.createTransaction, request, .init(digest: .value(token))))
                }
            },
            Check(
                "digest.hash-missing", "§2 step 5", "A token without data.SHA256 is refused",
                wix: "A token of Wix's that was made for something else signs any body."
            ) { probe in
                for data in [#"{}"#, #"{"SHA256":""}"#, #"{"SHA256":null}"#] {
                    let call = try await probe.signed { token, _ in token.data = data }
                    try probe.refused(call, "a token whose data is \(data)")
                }
            },
            Check(
                "digest.exp-missing", .should, "§2 step 4", "A token without exp is refused",
                wix: "Such a token, if one is ever made, can be replayed for ever."
            ) { probe in
                try probe.refused(try await probe.signed { token, _ in token.expires = nil }, "a token without exp")
            },
            Check(
                "digest.iat-missing", .should, "§2 step 4", "A token without iat is refused",
                wix: "Nothing by itself; Wix's own verifier asked for it."
            ) { probe in
                try probe.refused(try await probe.signed { token, _ in token.issued = nil }, "a token without iat")
            },
            Check(
                "digest.malformed", "§2 step 2", "A header that is no token is refused, with an answer",
                wix: "A PSP that stops or hangs on garbage can be kept from answering Wix by anybody."
            ) { probe in
                for value in ["JWT=", "JWT=abc", "JWT=a.b.c", "JWT=..", "JWT=e30.e30.", "garbage"] {
                    let call = try await probe.call(
                        .createTransaction, probe.payment(), .init(digest: .value(value)))
                    try probe.refused(call, value)
                }
            },
            Check(
                "digest.every-endpoint", "§2", "Every endpoint refuses a call without a Digest header",
                wix: "Anybody can refund, capture or void in Wix's name."
            ) { probe in
                // Calls that would have an effect, so that a reasonCode can only mean that they were refused.
                var requests = [(Endpoint.connectAccount, probe.session.connect())]
                if !probe.plan.lacks(.refunds), let payment = try await probe.ifPossible({ try await $0.approved() }) {
                    requests.append((.refundTransaction, probe.refundRequest(payment, payment.amount)))
                }
                if !probe.plan.lacks(.captures), let payment = try await probe.ifPossible({ try await $0.authorized() })
                {
                    requests.append((.captureTransaction, probe.captureRequest(payment)))
                    requests.append((.voidTransaction, probe.voidRequest(payment)))
                }
                for (endpoint, request) in requests {
                    let call = try await probe.call(endpoint, request, .init(digest: .absent))
                    try probe.require(
                        !call.isAnswered || call.json["reasonCode"] != nil, "\(endpoint.rawValue): \(call.came)")
                }
            },
            Check(
                "digest.refusal-status", "§2", "A refused call is not answered with HTTP 200 and a reasonCode",
                wix: "Wix reads it as the PSP's decision: a forged call declines a real payment."
            ) { probe in
                let call = try await probe.call(
                    .createTransaction, probe.payment(), .init(digest: .spoiled(.signature)))
                if call.isAnswered, call.json["reasonCode"] == nil {
                    throw Finding.skipped("it was accepted: see digest.signature")
                }
                try probe.require(!call.isAnswered, call.came)
            },
            Check(
                "digest.no-effect", "§2", "Nothing is done with a refused call's body: no event, no stored payment",
                wix: "A forged call could decide what becomes of a genuine payment with the same id.", needs: [.wix]
            ) { probe in
                let request = probe.payment()
                let forged = try await probe.call(.createTransaction, request, .init(digest: .spoiled(.signature)))
                if forged.isAnswered { throw Finding.skipped("it was answered with HTTP 200: see digest.signature") }
                try await probe.quiet()
                let events = try await probe.events(of: forged.wixTransactionId, within: 0) { _ in true }
                try probe.require(events.isEmpty, "an event for a payment that only a forged call asked for")
            },
        ] + digestLeniency

    /// A create with a spoiled digest is refused.
    private static func refusal(
        _ id: String, _ source: String, _ rule: String, wix: String, _ digest: PSPCall.Wire.Digest
    ) -> Check {
        Check(id, source, rule, wix: wix) { probe in
            try probe.refused(try await probe.call(.createTransaction, probe.payment(), .init(digest: digest)))
        }
    }

    /// What a verifier must not be too strict about.
    private static let digestLeniency: [Check] = [
        Check(
            "digest.prefix", .should, "§2 step 2", "A header value that does not start with JWT= is refused",
            wix: "Nothing by itself: the signature still protects. It shows that the header is not read as written."
        ) { probe in
            let call = try await probe.signed { token, _ in token.prefix = "" }
            try probe.refused(call, "a token without JWT=")
        },
        Check(
            "digest.hex-case", .should, "§2", "data.SHA256 is compared in any case",
            wix: "Nothing while Wix writes lower case; every call is refused should that change."
        ) { probe in
            let call = try await probe.signed { token, body in
                token.data = DigestToken.data(SHA256.hex(body).uppercased())
            }
            try probe.require(call.isAnswered, "\(call.came) to a hash in upper case")
        },
        Check(
            "digest.clock-skew", .should, "§2 step 4", "A token issued 10 s ahead of the PSP's clock is taken",
            wix: "When the clocks differ a little, Wix's calls fail."
        ) { probe in
            let call = try await probe.signed { token, _ in
                token.issued = token.issued.map { $0 + 10 }
                token.expires = token.expires.map { $0 + 10 }
            }
            try probe.require(call.isAnswered, call.came)
        },
        Check(
            "digest.more-claims", .should, "§0", "Header fields and claims that are new are ignored",
            wix: "When Wix adds a claim, every call is refused."
        ) { probe in
            let call = try await probe.signed { token, body in
                token.header = #"{"alg":"RS256","kid":"another","typ":"JWT"}"#
                token.data = #"{"SHA256":"\#(SHA256.hex(body))","algorithm":"new"}"#
                token.more = #","iss":"wix.com","aud":"an-app""#
            }
            try probe.require(call.isAnswered, call.came)
        },
    ]
}

extension Probe {
    /// An ordinary payment's request.
    func payment() -> JSON { session.create(id: Session.newID()) }

    /// Makes a call with a token that a check has changed before it was signed.
    func signed(_ change: (inout DigestToken, [UInt8]) -> Void) async throws -> PSPCall {
        let request = payment()
        let body = request.bytes()
        var token = DigestToken(body)
        change(&token, body)
        return try await call(.createTransaction, request, .init(digest: .value(try token.value(session.signer))))
    }

    /// A payment to try something on; nil when there is none to be had.
    func ifPossible(
        _ make: (Probe) async throws -> CheckedPayment
    ) async throws -> CheckedPayment? {
        do {
            return try await make(self)
        } catch is Finding {
            return nil
        }
    }

    /// A call that had to be refused.
    func refused(_ call: PSPCall, _ what: String? = nil) throws(Finding) {
        let told = what.map { " to \($0)" } ?? ""
        guard call.answer != nil else { throw .broken("\(call.came)\(told)") }
        guard call.isAnswered else { return }
        if call.json["reasonCode"] != nil {
            throw .skipped("it was refused with HTTP 200 and a reasonCode: see digest.refusal-status")
        }
        throw .broken("\(call.came)\(told)")
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
