// The configuration as values: what every part of pspd is set up from (design, Interface).
// Made by `PspdConfiguration.load` alone, which has checked every type, range and file.

import Logging
import RequestDigest
import WixPayments

/// A checked configuration. Names are those of the YAML keys; URLs carry no slash at their end; paths are whole.
struct PspdConfiguration: Sendable {
    /// Path of the FastCGI socket that nginx connects to.
    let listen: String
    let socketGroup: String
    let workers: Int
    let threadsPerWorker: Int
    let maxWaitingRequests: Int
    let stopGraceSeconds: Int
    /// Path of the SQLite file.
    let store: String
    let minFreeMegabytes: Int
    /// Where buyers reach this service; only the sandbox's pages need it.
    let publicBaseURL: String?
    let requireConnectedMerchant: Bool
    let inFlightWaitSeconds: Int
    let answerDeadlineSeconds: Int
    let redirectExpiryMinutes: Int
    let wix: Wix
    let courier: Courier
    let processor: Processor
    let retention: Retention
    let log: Log

    /// What concerns Wix.
    struct Wix: Sendable {
        let appID: String
        /// Never nil after a load for the courier; nil without it.
        let appSecret: Secret<String>?
        let publicKeyFiles: [String]
        /// In the order of `publicKeyFiles`; never empty after a load for the worker, empty without it.
        let publicKeys: [PublicKey]
        let clockSkewSeconds: Int
        let apiBaseURL: String
        /// An extra trust root's PEM file, for the courier.
        let caFile: String?
        let userAgent: String
        let captureVoidReasonCodes: CaptureVoidReasonCodes
    }

    /// What captures and voids answer in place of Wix's own codes, which are not public; nil answers success.
    struct CaptureVoidReasonCodes: Sendable, Equatable {
        let alreadyCaptured: Int?
        let alreadyVoided: Int?
        let amountMismatch: Int?
        let failed: Int?
    }

    /// How events are delivered.
    struct Courier: Sendable {
        let concurrency: Int
        let requestTimeoutSeconds: Int
        let retryScheduleSeconds: [Int]
        let giveUpAfterHours: Int
        let alertAfterMinutes: Int
    }

    /// Who moves the money, with that processor's settings.
    enum Processor: Sendable {
        case sandbox(Sandbox)
        case gateway(Gateway)
    }

    /// The acquirer of its own.
    struct Sandbox: Sendable {
        let pendingSeconds: Int
        /// ISO 4217 codes; nil: every currency that Wix lists.
        let currencies: [String]?
    }

    /// The PSP's own gateway.
    struct Gateway: Sendable {
        let baseURL: String
        let token: Secret<String>
        let timeoutSeconds: Int
        /// An extra trust root's PEM file.
        let caFile: String?
        /// The file's text, `whsec_<base64>`. Nil without the key, and without a load for the worker.
        let notificationSecret: Secret<String>?
    }

    /// How long finished work is kept.
    struct Retention: Sendable {
        let deliveredEventsDays: Int
        let operationsDays: Int
    }

    /// How the log is written.
    struct Log: Sendable, Equatable {
        /// Text for people, or one JSON object a line.
        enum Format: String, Sendable {
            case json, plain
        }

        let level: Logger.Level
        let format: Format
    }
}
