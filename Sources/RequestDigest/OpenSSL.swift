// What holds for every call into libcrypto: algorithms are fetched once, and the calling thread's error queue is left
// empty. Only this target may call libcrypto.

import COpenSSL

enum OpenSSL {
    /// SHA-256, fetched once: OpenSSL 3 searches its providers, under locks, whenever an algorithm is named.
    ///
    /// `nonisolated(unsafe)` holds: the pointer is never reassigned or freed, and a fetched EVP_MD never changes.
    nonisolated(unsafe) static let sha256: OpaquePointer = {
        // Without this libcrypto tears itself down in exit(), under the feet of threads that still verify.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError("libcrypto offers no SHA-256: \(lastReason())")
        }
        return algorithm
    }()

    /// Runs `work`, which calls libcrypto, and then empties the thread's error queue: OpenSSL leaves entries there even
    /// when a call succeeds, and the next reader would take them for its own.
    static func call<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
        _ = sha256
        defer { ERR_clear_error() }
        return try work()
    }

    /// OpenSSL's words for the newest error of this thread. They name rules and formats, never key material.
    static func lastReason() -> String {
        guard let text = ERR_reason_error_string(ERR_peek_last_error()) else { return "unknown reason" }
        return String(cString: text)
    }
}

/// Owns one reference to an EVP_PKEY and gives it back.
///
/// `@unchecked Sendable` holds because nothing changes the key after it was loaded, and OpenSSL lets threads share such
/// a key: its reference count is atomic and its internal caches are locked (openssl-threads(7)).
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }
}
