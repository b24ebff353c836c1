// The attacks of RFC 8725 that write a genuine token in another way: encodings, spellings, serializations, nesting. What
// DigestRefusalTests holds is not repeated.

import Foundation
@testable import RequestDigest
import Testing

@Suite("Other forms of JSON Web Tokens (RFC 8725)")
struct JWTFormTests {
    // MARK: §2.6, §3.7: one text, one encoding

    @Test(
        "A header in another encoding than UTF-8 is refused",
        arguments: [
            .utf16, .utf16LittleEndian, .utf16BigEndian, .utf32, .utf32LittleEndian, .utf32BigEndian,
        ] as [String.Encoding])
    func otherEncodings(_ encoding: String.Encoding) throws {
        let header = try #require(Sample.jwtHeader.data(using: encoding))
        let value = "JWT=" + Base64URL.encode(Array(header)) + rest(of: try Sample.signed())
        #expect(try Sample.verdict(on: value) == .refused(.malformed))
    }

    @Test(
        "A header that is not UTF-8 is refused",
        arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3]] as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) throws {
        let header = Array(#"{"alg":"RS256","kid":""#.utf8) + bytes + Array(#""}"#.utf8)
        let value = "JWT=" + Base64URL.encode(header) + rest(of: try Sample.signed())
        #expect(try Sample.verdict(on: value) == .refused(.malformed))
    }

    @Test("A byte order mark is refused in the header and in the claims")
    func byteOrderMark() throws {
        #expect(
            try Sample.verdict(on: Sample.signed(jwtHeader: "\u{FEFF}" + Sample.jwtHeader)) == .refused(.malformed))
        #expect(try Sample.verdict(on: Sample.signed(claims: "\u{FEFF}" + Sample.claims)) == .refused(.claimsInvalid))
    }

    /// Changes of a genuine value that a lenient base64 reader would not notice.
    static let respellings: [(name: String, change: @Sendable (String) -> String)] = [
        ("padding in the header", { $0.replacing("eyJhbGciOiJSUzI1NiJ9", with: "eyJhbGciOiJSUzI1NiJ9====") }),
        ("a percent sign's escape", { $0.replacing(".", with: "%2E") }),
        ("a space after a dot", { $0.replacing(".", with: ". ") }),
        ("a tab at the end", { $0 + "\t" }),
        ("a line end at the end", { $0 + "\r\n" }),
        ("a zero byte at the end", { $0 + "\u{0}" }),
        ("a dot at the start", { "JWT=." + $0.dropFirst(4) }),
        ("an empty payload", { "\($0.split(separator: ".")[0])..\($0.split(separator: ".")[2])" }),
        ("quotes around it", { "JWT=\"\($0.dropFirst(4))\"" }),
        ("a parameter behind it", { $0 + ";q=1" }),
        ("a full-width full stop", { $0.replacing(".", with: "\u{FF0E}") }),
        ("cut by one character", { String($0.dropLast()) }),
        ("cut in the middle of its claims", { String($0.prefix(60)) }),
    ]

    @Test("Another spelling of a genuine value is refused", arguments: respellings.indices)
    func respelled(_ index: Int) throws {
        let changed = Self.respellings[index].change(try Sample.signed())
        guard case .refused(let reason) = try Sample.verdict(on: changed) else {
            Issue.record("\(Self.respellings[index].name)")
            return
        }
        #expect(reason == .malformed || reason == .signature, "\(Self.respellings[index].name)")
    }

    // MARK: §2.3, §3.3: serializations and nesting

    @Test("JSON serializations, with one signature or several, are refused")
    func serializations() throws {
        let parts = try Sample.signed().dropFirst(4).split(separator: ".")
        let signature = #"{"protected":"\#(parts[0])","signature":"\#(parts[2])"}"#
        let general = #"{"payload":"\#(parts[1])","signatures":[\#(signature),\#(signature)]}"#
        let flattened = #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#
        for json in [general, flattened] {
            #expect(try Sample.verdict(on: "JWT=" + json) == .refused(.several))
            #expect(try Sample.verdict(on: "JWT=" + Base64URL.encode(Array(json.utf8))) == .refused(.malformed))
        }
    }

    @Test("A signature over a payload that was taken out of the token is refused (RFC 7515, appendix F)")
    func detachedPayload() throws {
        let parts = try Sample.signed().split(separator: ".")
        #expect(try Sample.verdict(on: "\(parts[0])..\(parts[2])") == .refused(.signature))
    }

    @Test("A payload that stands there as it is, without base64, is refused (RFC 7797)")
    func unencodedPayload() throws {
        let parts = try Sample.signed(jwtHeader: #"{"alg":"RS256","b64":false}"#).split(separator: ".")
        #expect(try Sample.verdict(on: "\(parts[0]).{}.\(parts[2])") == .refused(.malformed))
    }

    @Test("A genuine token inside a genuine token is refused")
    func nested() throws {
        let inner = String(try Sample.signed().dropFirst(4))
        let value = try Sample.signed(jwtHeader: #"{"alg":"RS256","cty":"JWT"}"#, claims: inner)
        #expect(try Sample.verdict(on: value) == .refused(.claimsInvalid))
    }

    /// From the first dot on.
    private func rest(of value: String) -> Substring { value.drop { $0 != "." } }
}
