// Where a buyer goes from the sandbox's page: only to addresses that Wix gave for this payment.

import Payments
import Store
import WixPayments

extension PaymentRecord {
    /// Where a buyer belongs now; where that URL is missing, the nearest one that tells no lie.
    var returnURL: String? {
        guard let urls = returnURLs else { return nil }
        let wanted: [String?] =
            switch payment.state {
            case .claimed, .redirected, .pending: [urls.pendingUrl, urls.successUrl]
            case .canceled, .expired: [urls.cancelUrl, urls.errorUrl]
            case .declined: [urls.errorUrl, urls.cancelUrl]
            case .authorized, .approved, .capturing, .captured, .voiding, .voided: [urls.successUrl]
            }
        return wanted.compactMap(\.self).first { ReturnURLs.origin(of: $0) != nil }
    }
}

extension ReturnURLs {
    /// Scheme, host and port of each URL, once, as a Content-Security-Policy names them.
    var origins: [String] {
        var seen: [String] = []
        for url in [successUrl, errorUrl, cancelUrl, pendingUrl].compactMap(\.self) {
            if let origin = Self.origin(of: url), !seen.contains(origin) { seen.append(origin) }
        }
        return seen
    }

    /// Nil for anything that is no http or https URL of a plain host: a buyer is not sent there.
    static func origin(of url: String) -> String? {
        guard let separator = url.firstRange(of: "://"),
            ["http", "https"].contains(url[..<separator.lowerBound].lowercased())
        else { return nil }
        let authority = url[separator.upperBound...].prefix { !"/?#\\".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let isPlain =
            !host.isEmpty
            && host.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
                    UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
        return isPlain ? "\(url[..<separator.lowerBound])://\(host)" : nil
    }
}
