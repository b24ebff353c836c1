// What a text in the configuration must look like. Used by the table of keys; each rule says in words what it expects,
// and a fault repeats those words, never the value.

import Foundation
import Logging
import WixPayments

/// A test of one text, with its expectation in words ("must be …").
struct TextRule: Sendable {
    /// Completes "must be …".
    let expectation: String
    let accepts: @Sendable (String) -> Bool
}

extension TextRule {
    /// Longest text accepted anywhere, in bytes.
    static let textBytesMax = 4096
    /// Longest User-Agent, in bytes.
    static let userAgentBytesMax = 256
    /// Longest path that a unix socket can be bound to, in bytes: `sun_path` holds 108 with the closing zero.
    static let socketPathBytesMax = 107

    /// Any text that is not empty and fits on one line.
    static let line = TextRule(expectation: "text of 1 to \(textBytesMax) bytes without control characters") { text in
        (1...textBytesMax).contains(text.utf8.count) && !text.unicodeScalars.contains { $0.properties.isControl }
    }

    /// An identifier without spaces.
    static let identifier = TextRule(expectation: "an identifier without spaces") { text in
        line.accepts(text) && !text.contains(where: \.isWhitespace)
    }

    /// `{PSP}/{version}`, as Wix asks of the User-Agent header (spec §6.2).
    static let userAgent = TextRule(expectation: "{name}/{version}, such as banana-pay/1.0.0") { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        // The characters of an HTTP token (RFC 9110 §5.6.2): nothing here can break out of a header.
        let isToken = { (part: Substring) in
            !part.isEmpty
                && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0)) }
        }
        return text.utf8.count <= userAgentBytesMax && parts.count == 2 && parts.allSatisfy(isToken)
    }

    /// A code from Wix's table of currencies (spec §11).
    static let currency = TextRule(expectation: "a currency that Wix lists, such as EUR") { Currency($0) != nil }

    /// A reason code that a capture or void can answer, or `null`, which answers success. A number that could not be
    /// sent must not pass: without a code the answer would be success.
    static let captureVoidReasonCode = TextRule(
        expectation: "a general or declined reason code of Wix's table, such as 6000, or null to answer success"
    ) { text in
        text == nullWord || Int(text).flatMap(ActionFailureCode.init(rawValue:)) != nil
    }

    /// How a null is written in YAML and in an environment variable.
    static let nullWord = "null"

    /// One of `words`.
    static func choice(_ words: [String]) -> TextRule {
        TextRule(expectation: words.formatted(.list(type: .or, width: .standard).locale(Locale(identifier: "en_US")))) {
            words.contains($0)
        }
    }

    /// The path of a unix socket.
    static let socketPath = TextRule(
        expectation: "a path of at most \(socketPathBytesMax) bytes, the system's limit for a unix socket"
    ) { text in
        line.accepts(text) && text.utf8.count <= socketPathBytesMax
    }

    /// A URL that paths are appended to.
    static let httpURL = url(schemes: ["https", "http"])
    /// The same, encrypted.
    static let httpsURL = url(schemes: ["https"])

    private static func url(schemes: [String]) -> TextRule {
        TextRule(
            expectation: "a URL that starts with \(schemes.map { "\($0)://" }.joined(separator: " or ")),"
                + " without user, query and fragment"
        ) { text in
            guard line.accepts(text), let url = URLComponents(string: text) else { return false }
            return schemes.contains(url.scheme ?? "") && url.host?.isEmpty == false
                && url.user == nil && url.password == nil && url.query == nil && url.fragment == nil
        }
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isControl: Bool { generalCategory == .control }
}
