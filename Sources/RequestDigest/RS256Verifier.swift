// Checks RS256 signatures with one key, from any number of threads. For DigestVerifier.
//
// Setting up an OpenSSL context costs a third of the RSA step itself, so contexts are kept and used again:
// "EVP_PKEY_verify() can be called more than once on the same context" (EVP_PKEY_verify(3)). A context belongs to one
// thread at a time; idle ones wait in a pool.

import COpenSSL
import Synchronization

final class RS256Verifier: Sendable {
    /// Idle contexts kept; more threads than this at once set up and free their own.
    private static let idleContextsMax = 64

    private let key: KeyHandle
    private let idle: Mutex<[Context]>

    /// Sets the first context up, so that a key OpenSSL can't use is refused at start. Call inside `OpenSSL.call`.
    init(key: KeyHandle) throws(KeyError) {
        guard let first = Context(key: key) else { throw .unusable(reason: OpenSSL.lastReason()) }
        self.key = key
        self.idle = Mutex([first])
    }

    /// Whether `signature` is this key's RSASSA-PKCS1-v1_5 signature over data whose SHA-256 is `hash`. Call inside
    /// `OpenSSL.call`.
    func verifies(_ signature: [UInt8], ofHash hash: [UInt8]) -> Bool {
        guard let context = idle.withLock({ $0.popLast() }) ?? Context(key: key) else {
            // The same set-up worked in init; what remains is lack of memory, on which Swift itself stops too.
            fatalError("OpenSSL can't set up a verification: \(OpenSSL.lastReason())")
        }
        defer {
            idle.withLock { if $0.count < Self.idleContextsMax { $0.append(context) } }
        }
        return EVP_PKEY_verify(context.pointer, signature, signature.count, hash, hash.count) == 1
    }

    /// An EVP_PKEY_CTX set up for RS256.
    ///
    /// `@unchecked Sendable` holds because the pool hands a context to one caller at a time, under its lock.
    private final class Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init?(key: KeyHandle) {
            guard let pointer = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else { return nil }
            self.pointer = pointer
            guard EVP_PKEY_verify_init(pointer) == 1,
                EVP_PKEY_CTX_set_rsa_padding(pointer, RSA_PKCS1_PADDING) == 1,
                EVP_PKEY_CTX_set_signature_md(pointer, OpenSSL.sha256) == 1
            else { return nil }
        }

        deinit {
            EVP_PKEY_CTX_free(pointer)
        }
    }
}
