// Puts checked values and files into the configuration's structure; the one place that maps key paths to members.

import Logging
import Notifications
import Processors
import RequestDigest
import WixPayments

/// What came of the files that the configuration names.
struct NamedFiles {
    let listen: String?
    let store: String?
    let appSecret: Secret<String>?
    let publicKeys: [PublicKey]
    let wixCAFile: String?
    let gatewayToken: Secret<String>?
    let gatewayCAFile: String?
    let notificationSecret: Secret<String>?

    /// Reads them all; what is wrong is collected in `files`.
    init(_ files: inout ConfigurationFiles) {
        listen = files.path("listen")
        store = files.path("store")
        appSecret = files.secret("wix.app-secret-file")
        publicKeys = files.publicKeys("wix.public-key-files")
        wixCAFile = files.certificates("wix.ca-file")
        gatewayToken = files.secret("gateway.token-file") { try GatewaySettings.check(token: $0) }
        gatewayCAFile = files.certificates("gateway.ca-file")
        notificationSecret = files.secret("gateway.notification-secret-file") {
            _ = try NotificationVerifier(secrets: $0)
        }
    }
}

extension PspdConfiguration {
    /// From values and files without a fault.
    init(_ values: ConfigurationValues, _ files: NamedFiles) {
        listen = Self.present(files.listen)
        socketGroup = values.text("socket-group")
        workers = values.integer("workers")
        threadsPerWorker = values.integer("threads-per-worker")
        maxWaitingRequests = values.integer("max-waiting-requests")
        stopGraceSeconds = values.integer("stop-grace-seconds")
        store = Self.present(files.store)
        minFreeMegabytes = values.integer("min-free-megabytes")
        publicBaseURL = values.has("public-base-url") ? values.baseURL("public-base-url") : nil
        requireConnectedMerchant = values.flag("require-connected-merchant")
        inFlightWaitSeconds = values.integer("in-flight-wait-seconds")
        answerDeadlineSeconds = values.integer("answer-deadline-seconds")
        redirectExpiryMinutes = values.integer("redirect-expiry-minutes")
        wix = Wix(
            appID: values.text("wix.app-id"),
            appSecret: files.appSecret,
            publicKeyFiles: values.optionalTexts("wix.public-key-files") ?? [],
            publicKeys: files.publicKeys,
            clockSkewSeconds: values.integer("wix.clock-skew-seconds"),
            apiBaseURL: values.baseURL("wix.api-base-url"),
            caFile: files.wixCAFile,
            userAgent: values.text("wix.user-agent"),
            captureVoidReasonCodes: CaptureVoidReasonCodes(
                alreadyCaptured: Int(values.text("wix.capture-void-reason-codes.already-captured")),
                alreadyVoided: Int(values.text("wix.capture-void-reason-codes.already-voided")),
                amountMismatch: Int(values.text("wix.capture-void-reason-codes.amount-mismatch")),
                failed: Int(values.text("wix.capture-void-reason-codes.failed"))
            )
        )
        courier = Courier(
            concurrency: values.integer("courier.concurrency"),
            requestTimeoutSeconds: values.integer("courier.request-timeout-seconds"),
            retryScheduleSeconds: values.integers("courier.retry-schedule-seconds"),
            giveUpAfterHours: values.integer("courier.give-up-after-hours"),
            alertAfterMinutes: values.integer("courier.alert-after-minutes")
        )
        processor = Self.processor(values, files)
        retention = Retention(
            deliveredEventsDays: values.integer("retention.delivered-events-days"),
            operationsDays: values.integer("retention.operations-days")
        )
        log = Log(
            level: Self.present(Logger.Level(rawValue: values.text("log.level"))),
            format: Self.present(Log.Format(rawValue: values.text("log.format")))
        )
    }

    private static func processor(_ values: ConfigurationValues, _ files: NamedFiles) -> Processor {
        guard values.text("processor") == "gateway" else {
            return .sandbox(
                Sandbox(
                    pendingSeconds: values.integer("sandbox.pending-seconds"),
                    currencies: values.optionalTexts("sandbox.currencies")
                )
            )
        }
        return .gateway(
            Gateway(
                baseURL: values.baseURL("gateway.base-url"),
                // Empty only after a load for no role, as operators' commands do it.
                token: files.gatewayToken ?? Secret(""),
                timeoutSeconds: values.integer("gateway.timeout-seconds"),
                caFile: files.gatewayCAFile,
                notificationSecret: files.notificationSecret
            )
        )
    }

    /// What the table promises once there is no fault: its absence is a bug in the table.
    private static func present<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a checked configuration lacks a \(Value.self)") }
        return value
    }
}

extension ConfigurationValues {
    /// A URL without the slashes at its end, so that paths can be appended.
    fileprivate func baseURL(_ path: String) -> String {
        var url = text(path)[...]
        while url.hasSuffix("/") { url.removeLast() }
        return String(url)
    }
}
