// Wix's requests. An input is a body; every request is read from it. The same JSON without its white space has to mean
// the same, and what was read keeps the limits.

import Foundation

@testable import WixPayments

struct RequestsTarget: FuzzTarget {
    func check(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        let scrubbed = CardScrubber.scrub(text)
        rule("nothing is left to scrub", CardScrubber.scrub(scrubbed).isSame(as: scrubbed))
        let document = try? JSONDocument(input)
        guard let document else {
            for read in Self.readers { rule("what is no JSON is no request", read(input) == .failure(.notJSON)) }
            return
        }
        let tree = JSONTree(document)
        tree.check()
        // Foundation takes more than RFC 8259 allows (a comma at the end), but nothing less.
        let theirs = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        rule("Foundation takes what is taken here", theirs != nil || tree.holdsWhatFoundationCannot)
        let plain = tree.written()
        for read in Self.readers {
            let reading = read(input)
            rule("white space changes nothing", reading == read(plain))
            if case .failure(let error) = reading { checkError(error, of: document) }
        }
        rule(
            "white space changes no finding",
            EventLinter.breaches(inJSON: input) == EventLinter.breaches(inJSON: plain))
    }

    // MARK: Requests

    private typealias Reading = Result<[AnyHashable], RequestError>

    private static let readers: [@Sendable ([UInt8]) -> Reading] = [
        { body in reading { () throws(RequestError) in fields(of: try CreateTransactionRequest.parse(body)) } },
        { body in reading { () throws(RequestError) in fields(of: try RefundTransactionRequest.parse(body)) } },
        { body in
            reading { () throws(RequestError) in
                let request = try CaptureTransactionRequest.parse(body)
                checkIds([request.wixTransactionId, request.pluginTransactionId])
                checkAmount(request.captureAmount)
                return [request.description, request.merchantCredentials]
            }
        },
        { body in
            reading { () throws(RequestError) in
                let request = try VoidTransactionRequest.parse(body)
                checkIds([request.wixTransactionId, request.pluginTransactionId])
                checkAmount(request.voidAmount)
                return [request.description, request.merchantCredentials]
            }
        },
        { body in
            reading { () throws(RequestError) in
                let request = try ConnectAccountRequest.parse(body)
                checkIds([request.wixMerchantId])
                return [request.description, request.credentials, request.country, request.currency, request.mode]
            }
        },
    ]

    private static func reading(_ read: () throws(RequestError) -> [AnyHashable]) -> Reading {
        do throws(RequestError) {
            return .success(try read())
        } catch {
            return .failure(error)
        }
    }

    private static func fields(of request: CreateTransactionRequest) -> [AnyHashable] {
        checkIds([request.wixTransactionId, request.wixMerchantId])
        checkAmount(request.amount.minorUnits)
        checkCredentials(request.merchantCredentials)
        rule("an order is within the limits", request.order.description.items.count <= Limits.itemsMax)
        for name in ["order", "paymentMethodData", "mode", "installments"] as [StaticString] {
            guard let sent = request.asSent.reveal().json(of: name) else { continue }
            rule("a member as it came is JSON", (try? JSONDocument(sent)) != nil)
        }
        return [
            request.wixTransactionId, request.wixMerchantId, request.merchantCredentials, request.order,
            request.paymentMethodIdentifier, request.paymentMethodData, request.mode, request.installments,
            request.fraudInformation, request.setupCredentialsOnFile, request.offSession, request.moto,
            request.scaRequested, request.authorizeOnly,
        ]
    }

    private static func fields(of request: RefundTransactionRequest) -> [AnyHashable] {
        checkIds([request.wixTransactionId, request.wixRefundId, request.pluginTransactionId])
        if let amount = request.refundAmount { checkAmount(amount) }
        checkCredentials(request.merchantCredentials)
        return [request.description, request.merchantCredentials, request.mode, request.reason]
    }

    private static func checkIds(_ ids: [String]) {
        rule(
            "an id is short and printable",
            ids.allSatisfy { 1...Limits.idCharactersMax ~= $0.utf8.count && $0.utf8.allSatisfy { 0x21...0x7E ~= $0 } })
    }

    private static func checkAmount(_ amount: Int64) {
        rule("an amount is within the limit", 0...Limits.amountMinorUnitsMax ~= amount)
    }

    private static func checkCredentials(_ credentials: Secret<[String: String]>) {
        let credentials = credentials.reveal()
        rule("credentials are few", credentials.count <= Limits.credentialsEntriesMax)
        rule(
            "credentials are short",
            credentials.allSatisfy {
                $0.key.utf8.count <= Limits.credentialKeyBytesMax
                    && $0.value.utf8.count <= Limits.credentialValueBytesMax
            })
    }

    private func checkError(_ error: RequestError, of document: JSONDocument) {
        switch error {
        case .notJSON:
            if case .object = document.root.kind { rule("an object is not refused as none", false) }
        case .field(let fault, let ids):
            // Wix's names, indexes and the words around them: nothing that was sent.
            let names = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.[]")
            rule("a fault names a field", fault.field.unicodeScalars.allSatisfy(names.contains))
            Self.checkIds(
                [ids.wixTransactionId, ids.wixRefundId, ids.wixMerchantId, ids.pluginTransactionId].compactMap(\.self))
            if let amount = ids.amountMinorUnits { Self.checkAmount(amount) }
        }
    }
}
