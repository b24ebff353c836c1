// Certificates for the tests' TLS servers, made once a run with the `openssl` command: a CA, and what it signs.

import Foundation

/// The files of one certificate.
struct CertificateFiles: Sendable {
    let certificate: String
    let key: String
}

enum TestCertificates {
    /// A folder of this run, removed with the temporary files of the machine.
    private static let folder: String = {
        let path = NSTemporaryDirectory() + "pspd-courier-certificates-\(UUID().uuidString)"
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }()

    private static let authorityFiles: CertificateFiles = {
        let files = CertificateFiles(certificate: "\(folder)/ca.pem", key: "\(folder)/ca-key.pem")
        openssl(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
            ["-subj", "/CN=courier tests", "-keyout", files.key, "-out", files.certificate])
        return files
    }()

    /// The trust root.
    static var authority: String { authorityFiles.certificate }

    static let good = make("good", host: "localhost", days: 30)
    static let otherName = make("other", host: "another.example", days: 30)
    static let expired = make("expired", host: "localhost", days: -1)

    private static func make(_ name: String, host: String, days: Int) -> CertificateFiles {
        let files = CertificateFiles(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name)-key.pem")
        let request = "\(folder)/\(name).csr"
        let extensions = "\(folder)/\(name).ext"
        try! "subjectAltName=DNS:\(host)\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        openssl(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(host)"],
            ["-keyout", files.key, "-out", request])
        openssl(
            ["x509", "-req", "-in", request, "-CA", authorityFiles.certificate, "-CAkey", authorityFiles.key],
            ["-set_serial", "\(Int.random(in: 1...1_000_000_000))"],
            ["-days", "\(days)", "-extfile", extensions, "-out", files.certificate])
        return files
    }

    private static func openssl(_ arguments: [String]...) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.flatMap(\.self)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try! process.run()
        process.waitUntilExit()
        precondition(process.terminationStatus == 0, "openssl \(arguments) failed")
    }
}
