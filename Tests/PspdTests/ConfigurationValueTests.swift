// What a valid configuration means: defaults, nulls, overrides from the environment, and who needs which key.

import Logging
import RequestDigest
import Testing
import WixPayments

@testable import pspd

@Suite("Configuration values")
struct ConfigurationValueTests {
    @Test("Absent keys have the documented defaults")
    func defaults() throws {
        // For no role: whether their folders are there is not asked.
        let yaml = ConfigurationFixture.minimal.replacing(ConfigurationFixture.places, with: "")
        let configuration = try ConfigurationFixture().load(yaml, roles: []).configuration
        #expect(configuration.listen == "/run/pspd/worker.sock")
        #expect(configuration.socketGroup == "www-data")
        #expect(configuration.workers == 2)
        #expect(configuration.threadsPerWorker == 16)
        #expect(configuration.maxWaitingRequests == 1000)
        #expect(configuration.stopGraceSeconds == 2)
        #expect(configuration.store == "/var/lib/pspd/pspd.db")
        #expect(configuration.minFreeMegabytes == 64)
        #expect(configuration.requireConnectedMerchant)
        #expect(configuration.inFlightWaitSeconds == 10)
        #expect(configuration.answerDeadlineSeconds == 8)
        #expect(configuration.redirectExpiryMinutes == 30)
        #expect(configuration.wix.clockSkewSeconds == 30)
        #expect(configuration.wix.apiBaseURL == "https://www.wixapis.com")
        #expect(configuration.wix.caFile == nil)
        #expect(configuration.wix.userAgent == "pspd/\(Pspd.version)")
        #expect(
            configuration.wix.captureVoidReasonCodes
                == .init(alreadyCaptured: 3031, alreadyVoided: 3031, amountMismatch: 3001, failed: 6000)
        )
        #expect(configuration.courier.concurrency == 32)
        #expect(configuration.courier.requestTimeoutSeconds == 15)
        #expect(configuration.courier.retryScheduleSeconds == [1, 5, 30, 120, 600, 1800, 3600])
        #expect(configuration.courier.giveUpAfterHours == 96)
        #expect(configuration.retention.deliveredEventsDays == 30)
        #expect(configuration.retention.operationsDays == 540)
        #expect(configuration.log == .init(level: .info, format: .json))
        guard case .sandbox(let sandbox) = configuration.processor else {
            Issue.record("not the sandbox")
            return
        }
        #expect(sandbox.pendingSeconds == 2)
        #expect(sandbox.currencies == nil)
    }

    @Test(
        "Wix's own host is known however it is written",
        arguments: [
            ("https://www.wixapis.com", true), ("https://WWW.WixApis.com:443/", true),
            ("https://www.wixapis.com.", true), ("https://wixapis.com", true), ("https://localhost:8444", false),
            ("https://wixapis.com.example.org", false), ("https://notwixapis.com", false),
        ])
    func ownHost(_ url: String, _ isWix: Bool) throws {
        let fixture = try ConfigurationFixture()
        let loaded = try fixture.load(environment: ["PSPD_WIX_API_BASE_URL": url])
        #expect(loaded.configuration.reportsToWix == isWix)
    }

    @Test("Every key of the documented file is read, null or not")
    func documented() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("notifications", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        let loaded = try fixture.load(
            """
            listen: /tmp/x.sock
            socket-group: root
            workers: 3
            threads-per-worker: 4
            max-waiting-requests: 5
            stop-grace-seconds: 6
            store: /tmp/x.db
            public-base-url: https://pay.example.com/
            require-connected-merchant: false
            in-flight-wait-seconds: 7
            answer-deadline-seconds: 9
            redirect-expiry-minutes: 10
            wix:
              app-id: app
              app-secret-file: {folder}/app-secret
              public-key-files: [ "{folder}/wix.pem" ]
              clock-skew-seconds: 11
              api-base-url: https://localhost:8444/
              ca-file: null
              user-agent: banana-pay/1.0.0
              capture-void-reason-codes: { already-captured: 3000, already-voided: null, amount-mismatch: 3001 }
            courier:
              concurrency: 12
              request-timeout-seconds: 13
              retry-schedule-seconds: [0, 14]
              give-up-after-hours: 15
            processor: gateway
            sandbox: { pending-seconds: 16, currencies: null }
            gateway:
              base-url: https://gateway.internal/v2/
              token-file: {folder}/gateway-token
              timeout-seconds: 17
              ca-file: null
              notification-secret-file: {folder}/notifications
            retention: { delivered-events-days: 18, operations-days: 19 }
            log: { level: debug, format: plain }
            """
        )
        let configuration = loaded.configuration
        #expect(loaded.warnings == [])
        #expect(configuration.listen == "/tmp/x.sock")
        #expect(configuration.workers == 3)
        #expect(!configuration.requireConnectedMerchant)
        #expect(configuration.publicBaseURL == "https://pay.example.com")
        #expect(configuration.wix.appSecret?.reveal() == "the app secret")
        #expect(configuration.wix.publicKeys.map(\.bits) == [2048])
        #expect(configuration.wix.apiBaseURL == "https://localhost:8444")
        #expect(configuration.wix.userAgent == "banana-pay/1.0.0")
        #expect(
            configuration.wix.captureVoidReasonCodes
                == .init(alreadyCaptured: 3000, alreadyVoided: nil, amountMismatch: 3001, failed: 6000)
        )
        #expect(configuration.courier.retryScheduleSeconds == [0, 14])
        #expect(configuration.retention.operationsDays == 19)
        #expect(configuration.log == .init(level: .debug, format: .plain))
        guard case .gateway(let gateway) = configuration.processor else {
            Issue.record("not the gateway")
            return
        }
        #expect(gateway.baseURL == "https://gateway.internal/v2")
        #expect(gateway.token.reveal() == "the-token")
        #expect(gateway.timeoutSeconds == 17)
        #expect(gateway.notificationSecret?.reveal() == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    @Test("A null counts as absent, for keys and for sections")
    func nulls() throws {
        let yaml = ConfigurationFixture.minimal + "workers: null\nlog:\nsandbox: ~\ncourier: { concurrency: null }\n"
        let configuration = try ConfigurationFixture().load(yaml).configuration
        #expect(configuration.workers == 2)
        #expect(configuration.log.level == .info)
        #expect(configuration.courier.concurrency == 32)
    }

    @Test("A null for a required key is the fault of its absence")
    func nullRequired() throws {
        let found = try ConfigurationFixture().faults(ConfigurationFixture.minimal + "  app-id: null\n")
        #expect(found.count == 1, "a duplicate key")
        let yaml = ConfigurationFixture.minimal.replacing("sandbox", with: "null")
        #expect(try ConfigurationFixture().faults(yaml).map(\.key) == ["processor"])
    }

    @Test("JSON is YAML")
    func json() throws {
        let json = #"""
            {"public-base-url": "https://pay.example.com", "processor": "sandbox", "workers": 7,
             "store": "{folder}/pspd.db",
             "wix": {"app-id": "a", "app-secret-file": "{folder}/app-secret",
             "public-key-files": ["{folder}/wix.pem"], "ca-file": null}}
            """#
        #expect(try ConfigurationFixture().load(json).configuration.workers == 7)
    }

    @Test("A capture code that is null answers success, and a failure that does so is a warning")
    func nullCodes() throws {
        let codes = "  capture-void-reason-codes: { already-captured: null, failed: null }\n"
        let loaded = try ConfigurationFixture().load(ConfigurationFixture.minimal + codes)
        #expect(
            loaded.configuration.wix.captureVoidReasonCodes
                == .init(alreadyCaptured: nil, alreadyVoided: 3031, amountMismatch: 3001, failed: nil)
        )
        #expect(loaded.warnings.map(\.key) == ["wix.capture-void-reason-codes.failed"])
    }

    /// Waits, and the key that is warned of.
    static let waits: [(yaml: String, key: String?)] = [
        ("answer-deadline-seconds: 38\nin-flight-wait-seconds: 13\nstop-grace-seconds: 50\n", nil),
        ("answer-deadline-seconds: 39\n", "answer-deadline-seconds"),
        ("in-flight-wait-seconds: 39\n", "in-flight-wait-seconds"),
        ("in-flight-wait-seconds: 14\n", "gateway.timeout-seconds"),
        ("stop-grace-seconds: 51\n", "stop-grace-seconds"),
    ]

    @Test("A wait that nginx or systemd would cut short is a warning", arguments: waits)
    func longWait(_ yaml: String, _ key: String?) throws {
        let fixture = try ConfigurationFixture()
        #expect(try fixture.load(ConfigurationFixture.gateway + yaml).warnings.map(\.key) == [key].compactMap(\.self))
    }

    // MARK: Environment

    /// A variable for each kind of value, and what it sets.
    static let overrides: [(String, String, @Sendable (PspdConfiguration) -> Bool)] = [
        ("PSPD_WORKERS", "9", { $0.workers == 9 }),
        ("PSPD_WIX_APP_ID", "other", { $0.wix.appID == "other" }),
        ("PSPD_REQUIRE_CONNECTED_MERCHANT", "false", { !$0.requireConnectedMerchant }),
        ("PSPD_COURIER_RETRY_SCHEDULE_SECONDS", "1, 2,3", { $0.courier.retryScheduleSeconds == [1, 2, 3] }),
        ("PSPD_SANDBOX_CURRENCIES", "EUR,USD", { $0.sandboxCurrencies == ["EUR", "USD"] }),
        ("PSPD_LOG_LEVEL", "error", { $0.log.level == .error }),
        (
            "PSPD_WIX_CAPTURE_VOID_REASON_CODES_ALREADY_VOIDED", "3041",
            { $0.wix.captureVoidReasonCodes.alreadyVoided == 3041 }
        ),
        (
            "PSPD_WIX_CAPTURE_VOID_REASON_CODES_ALREADY_VOIDED", "null",
            { $0.wix.captureVoidReasonCodes.alreadyVoided == nil }
        ),
        ("PSPD_WORKERS", "", { $0.workers == 4 }),
        ("PSPD_WORKERS", "null", { $0.workers == 4 }),
    ]

    @Test("A variable overrides the file; empty and null ones count as absent", arguments: overrides.indices)
    func environment(_ index: Int) throws {
        let (name, value, isSet) = Self.overrides[index]
        let yaml = ConfigurationFixture.minimal + "workers: 4\n"
        let configuration = try ConfigurationFixture().load(yaml, environment: [name: value]).configuration
        #expect(isSet(configuration), "\(name)=\(value)")
    }

    @Test("Every key has a variable of its own, which swift-configuration finds", arguments: ConfigurationKeys.all)
    func variables(_ key: ConfigurationKey) throws {
        // A text with a line break fits no key of any kind: the fault shows that this variable was read for this key.
        let found = try ConfigurationFixture().faults(environment: [key.environmentName: "\n,\n"])
        #expect(found.contains { $0.place == .environment(key.environmentName) && $0.key == key.path }, "\(found)")
        #expect(ConfigurationKeys.all.count { $0.environmentName == key.environmentName } == 1)
    }

    /// Variables that can't be used, and the key their fault names.
    static let faultyVariables: [(String, String, String?)] = [
        ("PSPD_WORKERS", "many", "workers"),
        ("PSPD_WORKERS", "0", "workers"),
        ("PSPD_REQUIRE_CONNECTED_MERCHANT", "perhaps", "require-connected-merchant"),
        ("PSPD_COURIER_RETRY_SCHEDULE_SECONDS", "1,,2", "courier.retry-schedule-seconds"),
        ("PSPD_LOG_LEVEL", "loud", "log.level"),
        ("PSPD_WIX_APPID", "x", nil),
    ]

    @Test("A variable that can't be used is a fault that names it", arguments: faultyVariables)
    func faultyVariable(_ name: String, _ value: String, _ key: String?) throws {
        let found = try ConfigurationFixture().faults(environment: [name: value])
        #expect(found.map(\.place) == [.environment(name)])
        #expect(found.map(\.key) == [key])
    }

    @Test("An unknown variable's fault names the nearest one")
    func nearestVariable() throws {
        let found = try ConfigurationFixture().faults(environment: ["PSPD_WIX_APPID": "x"])
        #expect(found.first?.reason == "belongs to no key; did you mean PSPD_WIX_APP_ID?")
    }

    @Test("Variables of other programs are left alone")
    func otherVariables() throws {
        #expect(try ConfigurationFixture().faults(environment: ["PATH": "/bin", "XPSPD_WORKERS": "x"]) == [])
    }
}

extension PspdConfiguration {
    fileprivate var sandboxCurrencies: [String]? {
        if case .sandbox(let sandbox) = processor { sandbox.currencies } else { nil }
    }
}
