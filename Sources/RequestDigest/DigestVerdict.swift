// What DigestVerifier says about a request: plain values, for the endpoint's answer, its log line and its metric.

/// Whether a request comes from Wix, unchanged and in time.
public enum DigestVerdict: Sendable, Equatable {
    /// Every check held. `issuedSecondsAgo` is `now - iat`: negative when Wix's clock is ahead, by at most the allowed
    /// skew.
    case genuine(issuedSecondsAgo: Int64)
    /// Answer 401 and do nothing with the body (spec §2).
    case refused(DigestRefusal)
}

/// Why a request was refused. The raw value is a stable word for logs and metrics; the caller is never told.
public enum DigestRefusal: String, Error, Sendable, CaseIterable {
    /// No Digest header.
    case missing
    /// More than one value: as headers, or joined with commas as newer proxies do.
    case several
    /// Longer than `DigestVerifier.headerBytesMax`.
    case tooLong = "too-long"
    /// Not starting with `JWT=`.
    case prefix
    /// Not three base64url segments, or its first one not a JSON object with distinct members.
    case malformed
    /// `alg` absent or anything but `RS256`.
    case algorithm
    /// `crit` present: it demands an extension, and none is understood here (RFC 7515 §4.1.11).
    case criticalExtension = "critical-extension"
    /// Not signed by any configured key.
    case signature
    /// `iat`, `exp` or `data.SHA256` absent.
    case claimsMissing = "claims-missing"
    /// Signed, but the claims are not a JSON object with distinct members, or one of them has the wrong type or form.
    case claimsInvalid = "claims-invalid"
    /// `exp` has passed.
    case expired
    /// `iat` lies in the future.
    case notYetValid = "not-yet-valid"
    /// The body is not the one that was signed.
    case bodyMismatch = "body-mismatch"
}
