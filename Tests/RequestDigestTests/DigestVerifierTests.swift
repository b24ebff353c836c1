// What must be accepted, when, with which keys, and from how many threads.

import Dispatch
@testable import RequestDigest
import Synchronization
import Testing

@Suite("A Digest header is genuine")
struct DigestVerifierTests {
    @Test("when the signer made it for these bytes")
    func roundTrip() throws {
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let value = try Sample.signer().header(for: body, issuedAt: Sample.issuedAt, expiresAt: Sample.expiresAt)
        #expect(try Sample.verdict(on: value, body: body) == .genuine(issuedSecondsAgo: 60))
    }

    @Test("when the openssl command made it")
    func outside() throws {
        #expect(try Sample.verdict(on: "JWT=" + OutsideTokens.rs256) == .genuine(issuedSecondsAgo: 60))
    }

    @Test("over an empty body")
    func emptyBody() throws {
        let value = try Sample.signer().header(for: [], issuedAt: Sample.issuedAt, expiresAt: Sample.expiresAt)
        #expect(try Sample.verdict(on: value, body: []) == .genuine(issuedSecondsAgo: 60))
    }

    @Test(
        "with the body's hash in small, capital or mixed letters",
        arguments: [
            Sample.bodyHash, Sample.bodyHash.uppercased(),
            Sample.bodyHash.prefix(20).uppercased() + Sample.bodyHash.dropFirst(20),
        ])
    func hexCase(_ hash: String) throws {
        let value = try Sample.signed(claims: Sample.claims(data: #"{"SHA256":"\#(hash)"}"#))
        #expect(try Sample.verdict(on: value) == .genuine(issuedSecondsAgo: 60))
    }

    @Test(
        "with members that mean nothing here",
        arguments: [
            (#"{"kid":"a\/b","alg":"RS256","typ":"JWT","b64":true}"#, Sample.claims),
            (" {\r\n\t\"alg\" : \"RS256\" } ", Sample.claims),
            (Sample.jwtHeader, Sample.claims(data: #"{"MD5":[1,{}],"SHA256":"\#(Sample.bodyHash)"}"#)),
            (Sample.jwtHeader, Sample.claims(iat: #"1795860000,"iss":"wix.com","é":1.5e3,"x":null"#)),
        ])
    func unknownMembers(_ jwtHeader: String, _ claims: String) throws {
        let value = try Sample.signed(jwtHeader: jwtHeader, claims: claims)
        #expect(try Sample.verdict(on: value) == .genuine(issuedSecondsAgo: 60))
    }

    @Test("up to the longest header value")
    func longestValue() throws {
        // Three characters of kid become four of base64url.
        func value(_ kidBytes: Int) throws -> String {
            try Sample.signed(jwtHeader: #"{"alg":"RS256","kid":"\#(String(repeating: "k", count: kidBytes))"}"#)
        }
        let room = DigestVerifier.headerBytesMax - (try value(0)).utf8.count
        let longest = try value(room * 3 / 4)
        #expect((DigestVerifier.headerBytesMax - 3...DigestVerifier.headerBytesMax).contains(longest.utf8.count))
        #expect(try Sample.verdict(on: longest) == .genuine(issuedSecondsAgo: 60))
    }

    /// The seconds at which the verdict turns.
    static let times: [(skew: Int, now: Int64, expected: DigestVerdict)] = [
        (0, Sample.issuedAt - 1, .refused(.notYetValid)),
        (0, Sample.issuedAt, .genuine(issuedSecondsAgo: 0)),
        (0, Sample.expiresAt - 1, .genuine(issuedSecondsAgo: 119)),
        (0, Sample.expiresAt, .refused(.expired)),
        (30, Sample.issuedAt - 31, .refused(.notYetValid)),
        (30, Sample.issuedAt - 30, .genuine(issuedSecondsAgo: -30)),
        (30, Sample.expiresAt + 29, .genuine(issuedSecondsAgo: 149)),
        (30, Sample.expiresAt + 30, .refused(.expired)),
        (Int.max, 0, .genuine(issuedSecondsAgo: -1_795_860_000)),
        (Int.max, Claims.secondsMax, .genuine(issuedSecondsAgo: Claims.secondsMax - Sample.issuedAt)),
    ]

    @Test("from iat until just before exp, with the allowed skew either way", arguments: times)
    func skew(_ skew: Int, _ now: Int64, _ expected: DigestVerdict) throws {
        let value = try Sample.signed()
        #expect(try Sample.verifier(skew: skew).verify([value], body: Sample.body, now: now) == expected)
    }

    @Test("when any one of several keys signed it, in any order", arguments: [[0, 1], [1, 0], [2, 1, 0]])
    func severalKeys(_ order: [Int]) throws {
        let publicKeys = [ThrowAwayKeys.publicA, ThrowAwayKeys.publicB, ThrowAwayKeys.public1024]
        let verifier = try Sample.verifier(order.map { publicKeys[$0] })
        for key in [ThrowAwayKeys.privateA, ThrowAwayKeys.privateB] {
            let value = try Sample.signer(key).header(
                for: Sample.body, issuedAt: Sample.issuedAt, expiresAt: Sample.expiresAt)
            #expect(verifier.verify([value], body: Sample.body, now: Sample.now) == .genuine(issuedSecondsAgo: 60))
        }
    }

    @Test("and never without a key")
    func noKey() throws {
        #expect(
            try Sample.verifier([]).verify([Sample.signed()], body: Sample.body, now: Sample.now)
                == .refused(.signature))
    }

    @Test("after forged ones went through the same contexts")
    func contextsSurviveFailures() throws {
        let verifier = try Sample.verifier()
        let forged = "JWT=" + OutsideTokens.ps256SayingRS256
        let genuine = try Sample.signed()
        for _ in 0..<3 {
            #expect(verifier.verify([forged], body: Sample.body, now: Sample.now) == .refused(.signature))
            #expect(verifier.verify([genuine], body: Sample.body, now: Sample.now) == .genuine(issuedSecondsAgo: 60))
        }
    }

    @Test("for every one of many threads, while forged ones are refused beside it")
    func manyThreads() throws {
        let verifier = try Sample.verifier([ThrowAwayKeys.publicB, ThrowAwayKeys.publicA])
        let signer = try Sample.signer()
        let wrong = Atomic(0)
        let threads = 16
        let perThread = 200
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            let body = Array("thread \(thread)".utf8)
            let value = try? signer.header(for: body, issuedAt: Sample.issuedAt, expiresAt: Sample.expiresAt)
            for round in 0..<perThread {
                let genuine = verifier.verify([value ?? ""], body: body, now: Sample.now)
                let mixed = verifier.verify([value ?? ""], body: body + [UInt8(round)], now: Sample.now)
                let forged = verifier.verify(["JWT=" + OutsideTokens.rs384SayingRS256], body: body, now: Sample.now)
                if genuine != .genuine(issuedSecondsAgo: 60) || mixed != .refused(.bodyMismatch)
                    || forged != .refused(.signature)
                {
                    wrong.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test("and leaves OpenSSL's error queue empty, as every refusal does")
    func errorQueue() throws {
        let emptyQueue = "unknown reason"
        _ = try Sample.verdict(on: Sample.signed())
        #expect(OpenSSL.lastReason() == emptyQueue)
        _ = try Sample.verdict(on: "JWT=" + OutsideTokens.ps256SayingRS256)
        #expect(OpenSSL.lastReason() == emptyQueue)
        _ = try? PublicKey(pem: ThrowAwayKeys.publicA.replacing("MII", with: "MIJ"))
        #expect(OpenSSL.lastReason() == emptyQueue)
        _ = try? DigestSigner(privateKeyPEM: "no key")
        #expect(OpenSSL.lastReason() == emptyQueue)
    }
}
