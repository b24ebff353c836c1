// The table of every configuration key (design, Interface), in the order of the documented file.
// A key added here is read from the file, from its environment variable and checked; nothing else lists keys.

import Configuration
import Logging

/// Every key that pspd knows.
enum ConfigurationKeys {
    /// Most public keys at once: the current one and those being rotated.
    static let publicKeyFilesMax = 16
    /// Most steps of the courier's schedule.
    static let retryStepsMax = 64

    private typealias Key = ConfigurationKey

    static let all: [ConfigurationKey] = daemon + wix + courier + processors + upkeep

    private static let daemon: [Key] = [
        Key("listen", .path(.socketPath), default: "/run/pspd/worker.sock", usedBy: [.master]),
        Key("socket-group", .text(.identifier), default: "www-data", usedBy: [.master]),
        Key("workers", .integer(1...256, unit: "processes"), default: 2),
        Key("threads-per-worker", .integer(1...1024, unit: "threads"), default: 16),
        Key("max-waiting-requests", .integer(1...1_000_000, unit: "requests"), default: 1000),
        Key("stop-grace-seconds", .integer(0...600, unit: "seconds"), default: 2),
        Key("store", .path(.line), default: "/var/lib/pspd/pspd.db", usedBy: [.worker, .courier]),
        Key("min-free-megabytes", .integer(0...1_000_000, unit: "megabytes"), default: 64),
        Key("public-base-url", .text(.httpURL)),
        Key("require-connected-merchant", .flag, default: true),
        Key("in-flight-wait-seconds", .integer(0...120, unit: "seconds"), default: 10),
        Key("answer-deadline-seconds", .integer(1...120, unit: "seconds"), default: 8),
        Key("redirect-expiry-minutes", .integer(1...525_600, unit: "minutes"), default: 30),
    ]

    private static let wix: [Key] = [
        Key("wix.app-id", .text(.identifier), required: true),
        Key("wix.app-secret-file", .secretFile, required: true, usedBy: [.courier]),
        Key("wix.public-key-files", .publicKeyFiles, required: true, usedBy: [.worker]),
        Key("wix.clock-skew-seconds", .integer(0...600, unit: "seconds"), default: 30),
        Key("wix.api-base-url", .text(.httpsURL), default: "https://www.wixapis.com"),
        Key("wix.ca-file", .certificateFile, usedBy: [.courier]),
        Key("wix.user-agent", .text(.userAgent), default: .init(.string("pspd/\(Pspd.version)"), isSecret: false)),
        Key("wix.capture-void-reason-codes.already-captured", .reasonCode, default: "3031"),
        Key("wix.capture-void-reason-codes.already-voided", .reasonCode, default: "3031"),
        Key("wix.capture-void-reason-codes.amount-mismatch", .reasonCode, default: "3001"),
        Key("wix.capture-void-reason-codes.failed", .reasonCode, default: "6000"),
    ]

    private static let courier: [Key] = [
        Key("courier.concurrency", .integer(1...1024, unit: "events"), default: 32),
        Key("courier.request-timeout-seconds", .integer(1...300, unit: "seconds"), default: 15),
        Key(
            "courier.retry-schedule-seconds", .integers(0...604_800, unit: "seconds", countMax: retryStepsMax),
            default: .init(.intArray([1, 5, 30, 120, 600, 1800, 3600]), isSecret: false)
        ),
        Key("courier.give-up-after-hours", .integer(0...8760, unit: "hours"), default: 96),
        Key("courier.alert-after-minutes", .integer(1...525_600, unit: "minutes"), default: 60),
    ]

    private static let processors: [Key] = [
        Key("processor", .text(.choice(["gateway", "sandbox"])), required: true),
        Key("sandbox.pending-seconds", .integer(0...86_400, unit: "seconds"), default: 2),
        Key("sandbox.currencies", .texts(.currency)),
        Key("gateway.base-url", .text(.httpURL), required: true, processor: "gateway"),
        Key("gateway.token-file", .secretFile, required: true, usedBy: [.worker, .courier], processor: "gateway"),
        Key("gateway.timeout-seconds", .integer(1...300, unit: "seconds"), default: 25),
        Key("gateway.ca-file", .certificateFile, usedBy: [.worker, .courier], processor: "gateway"),
        Key("gateway.notification-secret-file", .secretFile, usedBy: [.worker], processor: "gateway"),
    ]

    private static let upkeep: [Key] = [
        Key("retention.delivered-events-days", .integer(0...36_500, unit: "days"), default: 30),
        Key("retention.operations-days", .integer(1...36_500, unit: "days"), default: 540),
        Key("log.level", .text(.choice(Logger.Level.allCases.map(\.rawValue))), default: "info"),
        Key("log.format", .text(.choice(["json", "plain"])), default: "json"),
    ]
}
