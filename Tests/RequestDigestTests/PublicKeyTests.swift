// Key files: what is read, and what the operator is told about the rest.

@testable import RequestDigest
import Testing

/// A key file under a name, so that test logs show the name and not the key.
struct KeyFile: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let pem: String

    init(_ name: String, _ pem: String) {
        self.testDescription = name
        self.pem = pem
    }
}

@Suite("Key files")
struct PublicKeyTests {
    @Test("A public key has its length and the fingerprint that openssl prints")
    func fingerprint() throws {
        let key = try PublicKey(pem: ThrowAwayKeys.publicA)
        #expect(key.bits == 2048)
        #expect(key.fingerprint == "ff0dd3709b35b4b0c5cda29b5028c57457198de3f5644d0b31c75b701460546a")
    }

    @Test("The shortest allowed key is read")
    func shortest() throws {
        #expect(try PublicKey(pem: ThrowAwayKeys.public1024).bits == PublicKey.bitsMin)
    }

    @Test(
        "Line ends of Windows and text around the block do no harm",
        arguments: [
            KeyFile("CRLF", ThrowAwayKeys.publicA.replacing("\n", with: "\r\n")),
            KeyFile("text around", "Wix app key\n\n" + ThrowAwayKeys.publicA + "\n\nend"),
        ])
    func loosePEM(_ file: KeyFile) throws {
        #expect(try PublicKey(pem: file.pem).fingerprint == PublicKey(pem: ThrowAwayKeys.publicA).fingerprint)
    }

    static let refusals: [(file: KeyFile, expected: KeyError)] = [
        (KeyFile("empty", ""), .notPEM),
        (KeyFile("base64 alone", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), .notPEM),
        (KeyFile("private key", ThrowAwayKeys.privateA), .privateKey),
        (KeyFile("private key, older form", ThrowAwayKeys.traditionalPrivate), .privateKey),
        (KeyFile("encrypted private key", ThrowAwayKeys.encryptedPrivate), .privateKey),
        (KeyFile("encrypted private key, older form", ThrowAwayKeys.traditionalEncryptedPrivate), .privateKey),
        (
            KeyFile("PKCS#1 public key", ThrowAwayKeys.pkcs1Public),
            .wrongBlock(label: "RSA PUBLIC KEY", expected: "PUBLIC KEY")
        ),
        (
            KeyFile("certificate", ThrowAwayKeys.certificate),
            .wrongBlock(label: "CERTIFICATE", expected: "PUBLIC KEY")
        ),
        (KeyFile("two keys", ThrowAwayKeys.publicA + "\n" + ThrowAwayKeys.publicB), .severalBlocks),
        (KeyFile("EC key", ThrowAwayKeys.publicEC), .notRSA),
        (KeyFile("RSA-PSS key", ThrowAwayKeys.publicPSS), .notRSA),
        (KeyFile("512 bits", ThrowAwayKeys.public512), .modulusBits(512)),
        (KeyFile("1023 bits", ThrowAwayKeys.public1023), .modulusBits(1023)),
        (
            KeyFile("too long", ThrowAwayKeys.publicA + String(repeating: "\n", count: PublicKey.pemBytesMax)),
            .tooLong
        ),
    ]

    @Test("Anything but one RSA public key of an allowed length is refused", arguments: refusals)
    func refused(_ file: KeyFile, _ expected: KeyError) {
        #expect(throws: expected) { try PublicKey(pem: file.pem) }
    }

    @Test(
        "A damaged block is refused",
        arguments: [
            KeyFile("changed length", ThrowAwayKeys.publicA.replacing("MIIBIj", with: "MIIBIg")),
            KeyFile("not base64", ThrowAwayKeys.publicA.replacing("MIIBIj", with: "!!!!!!")),
            KeyFile("no end line", ThrowAwayKeys.publicA.replacing("-----END PUBLIC KEY-----", with: "")),
            KeyFile("bytes after the key", ThrowAwayKeys.publicA.replacing("-----END", with: "AAAA\n-----END")),
            KeyFile("empty block", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
        ])
    func damaged(_ file: KeyFile) throws {
        let error = try #require(throws: KeyError.self) { try PublicKey(pem: file.pem) }
        guard case .undecodable = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("The text for a private key says what is needed and shows nothing of the key")
    func privateKeyText() throws {
        let error = try #require(throws: KeyError.self) { try PublicKey(pem: ThrowAwayKeys.privateA) }
        #expect(
            "\(error)" == "This is a private key; the app's public key is needed here (-----BEGIN PUBLIC KEY-----).")
    }

    @Test(
        "A signer reads private keys in both forms",
        arguments: [
            KeyFile("PKCS#8", ThrowAwayKeys.privateA), KeyFile("PKCS#1", ThrowAwayKeys.traditionalPrivate),
        ])
    func signer(_ file: KeyFile) throws {
        let value = try DigestSigner(privateKeyPEM: file.pem).header(
            jwtHeader: Sample.jwtHeader, claims: Sample.claims)
        #expect(try Sample.verdict(on: value) == .genuine(issuedSecondsAgo: 60))
    }

    static let signerRefusals: [(file: KeyFile, expected: KeyError)] = [
        (KeyFile("public key", ThrowAwayKeys.publicA), .wrongBlock(label: "PUBLIC KEY", expected: "PRIVATE KEY")),
        (
            KeyFile("encrypted", ThrowAwayKeys.encryptedPrivate),
            .wrongBlock(label: "ENCRYPTED PRIVATE KEY", expected: "PRIVATE KEY")
        ),
        (KeyFile("empty", ""), .notPEM),
    ]

    @Test("A signer refuses what is no plain private key, and asks for no pass phrase", arguments: signerRefusals)
    func signerRefuses(_ file: KeyFile, _ expected: KeyError) {
        #expect(throws: expected) { try DigestSigner(privateKeyPEM: file.pem) }
    }

    @Test("A signer refuses an older-form key with a pass phrase")
    func signerRefusesEncryptedTraditional() throws {
        let error = try #require(throws: KeyError.self) {
            try DigestSigner(privateKeyPEM: ThrowAwayKeys.traditionalEncryptedPrivate)
        }
        guard case .undecodable = error else {
            Issue.record("\(error)")
            return
        }
    }
}
