// What a stack needs of secrets, made with openssl once a test run: Wix's signing pair, a stranger's, a root and a
// server certificate, the app's secret.

import Foundation
package import RequestDigest

/// Keys and certificates of one test run, gone with it.
package struct Keys: Sendable {
    package let folder: String
    /// Signs as Wix does.
    package let wix: DigestSigner
    /// Signs with a key that pspd does not know.
    package let stranger: DigestSigner
    package let appSecret: String

    package static let appID = "8f2b6c1e-5a47-4d0f-9e63-1b7c2d4a9f05"

    private static let made = Task { try await Keys() }

    /// The run's keys; made at the first call.
    package static func shared() async throws -> Keys { try await made.value }

    package func path(_ name: String) -> String { "\(folder)/\(name)" }

    private init() async throws {
        let folder = NSTemporaryDirectory() + "pspd-e2e-keys-\(UUID().uuidString)"
        self.folder = folder
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        RunEnd.remove(folder)
        for name in ["wix", "stranger"] {
            try await Self.openssl(
                [
                    "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                    "\(folder)/\(name)-private.pem",
                ])
            try await Self.openssl(
                ["pkey", "-in", "\(folder)/\(name)-private.pem", "-pubout", "-out", "\(folder)/\(name)-public.pem"])
        }
        wix = try Self.signer("\(folder)/wix-private.pem")
        stranger = try Self.signer("\(folder)/stranger-private.pem")
        appSecret = "app-secret-\(UUID().uuidString)"
        try Data("\(appSecret)\n".utf8).write(to: URL(filePath: "\(folder)/app-secret"))
        try await Self.certificate(
            folder, "ca", subject: "/CN=pspd test CA",
            ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"])
        try await Self.certificate(
            folder, "server", subject: "/CN=localhost",
            [
                "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-CA", "\(folder)/ca.pem", "-CAkey",
                "\(folder)/ca-key.pem",
            ])
        // The app secret is secret; the rest is read by an nginx that starts as root, or as this user.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder)/app-secret")
    }

    private static func certificate(
        _ folder: String, _ name: String, subject: String, _ options: [String]
    ) async throws {
        // A configuration of its own: the machine's would add extensions that contradict these.
        try Data("[req]\ndistinguished_name = name\n[name]\n".utf8).write(to: URL(filePath: "\(folder)/openssl.cnf"))
        try await openssl(
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "\(folder)/\(name)-key.pem"])
        try await openssl(
            [
                "req", "-new", "-x509", "-sha256", "-days", "2", "-config", "\(folder)/openssl.cnf", "-subj", subject,
                "-key", "\(folder)/\(name)-key.pem", "-out", "\(folder)/\(name).pem",
            ] + options)
    }

    private static func signer(_ path: String) throws -> DigestSigner {
        try DigestSigner(privateKeyPEM: try String(contentsOf: URL(filePath: path), encoding: .utf8))
    }

    /// Runs openssl and returns what it prints.
    @discardableResult
    package static func openssl(_ arguments: [String], input: [UInt8] = []) async throws -> String {
        let outcome = try await Outcome.of(["openssl"] + arguments, input: input)
        guard outcome.status == 0 else { throw StackError("openssl \(arguments): \(outcome.errors)") }
        return outcome.output
    }
}
