// Tokens that nobody can guess.

import COpenSSL

/// Bytes nobody can guess, from OpenSSL's generator.
public enum RandomBytes {
    /// `count` random bytes as `2 * count` lower-case hex characters.
    ///
    /// Stops the process when the system gives no randomness: a token that can be guessed is worse.
    public static func hex(count: Int) -> String {
        OpenSSL.call {
            var bytes = [UInt8](repeating: 0, count: count)
            let filled = RAND_bytes(&bytes, CInt(count))
            precondition(filled == 1, "the system gives no random bytes")
            return Hex.encode(bytes)
        }
    }
}
