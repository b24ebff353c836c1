// The words that metrics are told apart by. Each is closed, so that the number of time series is bounded whatever
// clients send (design rule 14).

/// One of a fixed set of words. Its case's name in kebab case is the word in `/metrics`; its raw value is its place.
public protocol MetricLabel: CaseIterable, Sendable, Hashable, RawRepresentable<Int> where AllCases == [Self] {}

extension MetricLabel {
    /// The word, such as `body-mismatch`.
    public var word: String {
        "\(self)".reduce(into: "") { word, character in
            word += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }

    static var words: [String] { allCases.map(\.word) }
}

/// Where a request was for.
public enum EndpointLabel: Int, MetricLabel {
    case connectAccount, createTransaction, refundTransaction, captureTransaction, voidTransaction
    case notifications, sandboxCheckout, operators, other
}

/// What became of a request: the words of the log.
public enum OutcomeLabel: Int, MetricLabel {
    // Payments, by the state that was answered.
    case approved, authorized, redirected, pending, declined, canceled, expired, capturing, captured, voiding, voided
    case stillRunning
    // Refunds, captures and voids.
    case refundSucceeded, refundFailed, capture, captureFailed, void, voidFailed, amountMismatch, alreadyCaptured
    case alreadyVoided, notAuthorized, transactionNotFound, transactionMismatch
    // Accounts.
    case connected, refused, unknown
    // Refusals.
    case malformed, notFound, methodNotAllowed, tooLarge, unsupportedMediaType, unauthorized, notJson, truncated
    case tooManyRequests
    case idempotencyMismatch, busy, overloaded, storeUnavailable
    // Notifications.
    case notificationTaken, notificationRepeated, notificationIgnored, notANotification, unknownPayment, conflict
    // Pages.
    case page, pageFinished, sentBack, undecided, badForm, method
    // Operators.
    case ok, notReady
    /// A word that has no place here yet.
    case other

    /// With hyphens, and with underscores as in the codes of refusals.
    private static let byWord = allCases.reduce(into: [String: Self]()) { all, label in
        all[label.word] = label
        all[String(label.word.map { $0 == "-" ? "_" : $0 })] = label
    }

    /// The label of a word of the log; the state that a buyer was sent back with is left out.
    public init(word: String) {
        self = Self.byWord[word] ?? (word.hasPrefix("sent-back") ? .sentBack : .other)
    }
}

/// Why a Digest header was refused (design rule 1). Mirrors `RequestDigest.DigestRefusal`, which this target cannot see,
/// but for `limited`.
public enum DigestRefusalLabel: Int, MetricLabel {
    case missing, several, tooLong, prefix, malformed, algorithm, criticalExtension, signature, claimsMissing
    case claimsInvalid, expired, notYetValid, bodyMismatch
    /// Not looked at: its address had too many refused.
    case limited
    case other

    private static let byWord = Dictionary(uniqueKeysWithValues: allCases.map { ($0.word, $0) })

    /// The label of a refusal's raw value.
    public init(word: String) { self = Self.byWord[word] ?? .other }
}

/// Why a gateway's notification was refused. Mirrors `Notifications.NotificationRefusal`.
public enum NotificationRefusalLabel: Int, MetricLabel {
    case headerMissing, headerRepeated, idMalformed, timestampMalformed, tooOld, tooNew, signatureMalformed
    case signatureWrong, other

    private static let byWord = Dictionary(uniqueKeysWithValues: allCases.map { ($0.word, $0) })

    /// The label of a refusal's raw value.
    public init(word: String) { self = Self.byWord[word] ?? .other }
}

/// What kept the store from doing what was asked. Mirrors `StoreError.Code`.
public enum StoreErrorLabel: Int, MetricLabel {
    case full, readOnly, untrusted, damaged, newer, overloaded, failed, other

    /// The label of an error code's raw value, which is a case's name.
    public init(code: String) { self = Self.allCases.first { "\($0)" == code } ?? .other }
}

/// The last request of an attempt to deliver an event.
public enum StageLabel: Int, MetricLabel {
    case token, submit
}

/// How such an attempt ended: delivered, or the class of its error (design rule 11).
public enum AttemptLabel: Int, MetricLabel {
    case delivered
    case dns, connect, tls, timeout, tokenRefused, rateLimited, clientError, serverError, badAnswer, other

    private static let byWord = Dictionary(uniqueKeysWithValues: allCases.map { ($0.word, $0) })

    /// The label of an error class; nil: it was delivered.
    public init(error: String?) { self = error.map { Self.byWord[$0] ?? .other } ?? .delivered }
}

/// What became of an event after an attempt.
public enum EventLabel: Int, MetricLabel {
    case delivered, retried, dead
}

/// A call to the payment processor.
public enum ProcessorCallLabel: Int, MetricLabel {
    case connect, pay, lookup, cancel, capture, void, refund, lookupRefund, cancelRefund
}

/// What a processor said.
public enum ProcessorResultLabel: Int, MetricLabel {
    case approved, authorized, pending, redirect, declined, succeeded, failed, connected, refused, notFound
    /// It did not say: design rule 8.
    case unknown
}

/// Who a process is.
public enum RoleLabel: Int, MetricLabel {
    case worker, courier
}
