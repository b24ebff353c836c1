// Root certificates from a PEM file that the configuration names. One rule for whoever checks such a file and for whoever
// opens connections with it: what passes the check works later.

package import NIOSSL
import Foundation

/// The certificates of one file.
package struct TrustRoots: Sendable {
    package let certificates: [NIOSSLCertificate]

    /// Takes the file's bytes.
    package init(pem: [UInt8]) throws(TrustRootsError) {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else {
            throw TrustRootsError()
        }
        self.certificates = certificates
    }

    /// Reads the file.
    package init(file: String) throws(TrustRootsError) {
        guard let pem = FileManager.default.contents(atPath: file) else { throw TrustRootsError() }
        try self.init(pem: [UInt8](pem))
    }
}

/// The file cannot be read, holds no certificate, or one that is damaged.
package struct TrustRootsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Completes "file: …".
    package let description = "holds no certificate in PEM that can be read"
}
