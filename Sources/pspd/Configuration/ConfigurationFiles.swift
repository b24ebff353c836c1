// The files that the configuration names: found, read and checked for the roles that use them.
// Promise: no fault or warning shows what a file holds.

import Glibc
import Processors
import RequestDigest
import WixPayments

/// Reads secrets, public keys and root certificates, collecting faults and warnings.
struct ConfigurationFiles {
    /// Longest secret, in bytes.
    static let secretBytesMax = 8192
    /// Longest file of root certificates, in bytes: a whole system bundle fits.
    static let certificatesBytesMax = 1_048_576

    private(set) var values: ConfigurationValues
    private(set) var warnings: [Finding] = []
    /// Paths of the keys that the roles use.
    private let used: Set<String>
    /// Systemd's folder for credentials, or nil.
    private let credentialsDirectory: String?

    /// Files of keys outside `used` are not opened.
    init(values: ConfigurationValues, used: Set<String>, environment: [String: String]) {
        self.values = values
        self.used = used
        let directory = environment["CREDENTIALS_DIRECTORY"] ?? ""
        credentialsDirectory = directory.isEmpty ? nil : directory
    }

    /// The secret in the file that `key` names, without one newline at its end. Nil after a fault, and for a key that is
    /// absent or not used.
    ///
    /// - Parameter check: the rule of whoever uses the secret; what it throws says nothing of the secret's text.
    mutating func secret(_ key: String, check: (Secret<String>) throws -> Void = { _ in }) -> Secret<String>? {
        guard used.contains(key), let name = values.optionalText(key) else { return nil }
        guard name.hasPrefix("/") || credentialsDirectory != nil else {
            let reason = "\(name): a relative path of a secret is looked for in $CREDENTIALS_DIRECTORY alone, which is"
            values.addFault("\(reason) not set; write the whole path", key: key)
            return nil
        }
        guard let (path, file) = read(name, key: key, bytesMax: Self.secretBytesMax) else { return nil }
        if file.isWorldReadable { warn("\(path): every user of this machine can read this secret", key: key) }
        var bytes = file.bytes[...]
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        guard !bytes.isEmpty else {
            values.addFault("\(path): is empty", key: key)
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            values.addFault("\(path): is not text", key: key)
            return nil
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            values.addFault("\(path): holds nothing but white space", key: key)
            return nil
        }
        let secret = Secret(text)
        do {
            try check(secret)
        } catch {
            values.addFault("\(path): \(error)", key: key)
            return nil
        }
        return secret
    }

    /// The public keys in the files that `key` lists, those without a fault; none when it is not used.
    mutating func publicKeys(_ key: String) -> [PublicKey] {
        guard used.contains(key) else { return [] }
        var keys: [PublicKey] = []
        for name in values.optionalTexts(key) ?? [] {
            guard let (path, file) = read(name, key: key, bytesMax: PublicKey.pemBytesMax) else { continue }
            do {
                let publicKey = try PublicKey(pem: String(decoding: file.bytes, as: UTF8.self))
                if publicKey.bits < PublicKey.bitsAdvised {
                    warn("\(path): \(publicKey.bits) bits; \(PublicKey.bitsAdvised) are the least advised", key: key)
                }
                keys.append(publicKey)
            } catch {
                values.addFault("\(path): \(error)", key: key)
            }
        }
        return keys
    }

    /// The whole path of the file of root certificates that `key` names. Nil after a fault, and for a key that
    /// is absent or not used.
    mutating func certificates(_ key: String) -> String? {
        guard used.contains(key), let name = values.optionalText(key),
            let (path, file) = read(name, key: key, bytesMax: Self.certificatesBytesMax)
        else { return nil }
        do {
            _ = try TrustRoots(pem: file.bytes)
            return path
        } catch {
            values.addFault("\(path): \(error)", key: key)
            return nil
        }
    }

    /// The whole path of a file that pspd makes. A relative one starts at the working directory, with a warning: another
    /// command, run elsewhere, would mean another file. Nil after a fault.
    mutating func path(_ key: String) -> String? {
        guard let name = values.optionalText(key) else { return nil }
        guard !name.hasPrefix("/") else { return name }
        let path = WorkingDirectory.whole(path: name)
        warn("is relative and means \(path) when started from here; write the whole path", key: key)
        return path
    }

    /// Says so where a file that pspd makes has no folder to be made in. A folder that is not there yet is a warning: a
    /// configuration may be checked before the machine is set up.
    mutating func checkFolder(of path: String?, key: String) {
        guard used.contains(key), let path, let obstacle = Obstacle(path) else { return }
        if obstacle.code == ENOENT {
            warn("\(obstacle)", key: key)
        } else {
            values.addFault("\(obstacle)", key: key)
        }
    }

    /// Why no file can be made at a path, in the system's words.
    struct Obstacle: Error, CustomStringConvertible {
        /// `errno`.
        let code: CInt
        /// The path or its folder, and what is wrong with it.
        let description: String

        /// Nil when nothing is in the way.
        init?(_ path: String) {
            var status = stat()
            let isThere = stat(path, &status) == 0
            let folder = ConfigurationFiles.folder(of: path)
            if isThere {
                guard status.st_mode & S_IFMT == S_IFDIR else { return nil }
                code = EISDIR
            } else {
                guard stat(folder, &status) != 0 else { return nil }
                code = errno
            }
            description = "\(isThere ? path : folder): \(String(cString: strerror(code)))"
        }
    }

    /// Whether a key's part of the configuration is wanted by the roles.
    func isUsed(_ key: String) -> Bool { used.contains(key) }

    /// Adds a fault at the place where `key` was set.
    mutating func addFault(_ reason: String, key: String) {
        values.addFault(reason, key: key)
    }

    /// Adds a warning at the place where `key` was set.
    mutating func warn(_ reason: String, key: String) {
        warnings.append(values.finding(reason, key: key))
    }

    /// What is only read may be a systemd credential: a relative path is looked for there, if there are any.
    private mutating func read(_ name: String, key: String, bytesMax: Int) -> (path: String, file: SmallFile)? {
        let path =
            name.hasPrefix("/")
            ? name : credentialsDirectory.map { "\($0)/\(name)" } ?? WorkingDirectory.whole(path: name)
        do {
            return (path, try SmallFile(path: path, bytesMax: bytesMax))
        } catch {
            values.addFault("\(path): \(error)", key: key)
            return nil
        }
    }
}
