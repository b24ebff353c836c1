// From a YAML file and the environment to a checked configuration, or to all its faults at once.
// Called by every command that takes --config; the steps are: file → tree → layers → files → value.

import FastCGI
import Foundation
import Glibc

extension PspdConfiguration {
    /// Longest configuration file, in bytes.
    static let fileBytesMax = 262_144
    /// Where the configuration stands when a command is not told otherwise.
    static let defaultFile = "/etc/pspd/pspd.yaml"

    /// A configuration and what is doubtful in it.
    struct Loaded: Sendable {
        let configuration: PspdConfiguration
        let warnings: [Finding]
        /// What stands in the file.
        let text: String
    }

    /// Reads and checks the configuration for the given roles.
    ///
    /// - Parameter text: what stood in the file when it was read for this; nil reads it now.
    /// - Throws: `ConfigurationFaults` with everything that is wrong.
    static func load(
        file: String, roles: Set<Role>, environment: [String: String] = ProcessInfo.processInfo.environment,
        text given: String? = nil
    ) throws(ConfigurationFaults) -> Loaded {
        let text: String
        if let given { text = given } else { text = try read(file) }

        let keys = ConfigurationKeys.all
        let tree = ConfigurationTree(yaml: text, file: file, keys: keys)
        let overrides = ConfigurationEnvironment(environment, keys: keys)
        var values = ConfigurationValues(file: file, tree: tree, environment: overrides, keys: keys)
        let processor = values.optionalText("processor")
        let used = keys.filter { $0.isUsed(by: roles, processor: processor) }
        let early = tree.faults + overrides.faults
        let faulty = Set((early + values.faults).compactMap(\.key))
        for key in used where key.isRequired && !values.has(key.path) && !faulty.contains(key.path) {
            // In a file that is no YAML every key is missing: its one fault says enough.
            if tree.isWhole { values.addFault("is required: \(key.kind.expectation)", key: key.path) }
        }

        var files = ConfigurationFiles(values: values, used: Set(used.map(\.path)), environment: environment)
        let named = NamedFiles(&files)
        // In a file that is no YAML the defaults are not what is meant.
        if tree.isWhole {
            files.checkFolder(of: named.store, key: "store")
            files.warnOfSecretsForRootAlone(store: named.store)
            checkSocket(named.listen, environment, &files)
        }
        warnOfDoubtfulValues(&files)
        warnOfLongWaits(&files)
        let faults = early + files.values.faults
        guard faults.isEmpty else { throw ConfigurationFaults(faults: faults, warnings: files.warnings) }
        return Loaded(configuration: PspdConfiguration(files.values, named), warnings: files.warnings, text: text)
    }

    private static func read(_ file: String) throws(ConfigurationFaults) -> String {
        do {
            guard let text = try SmallFile(path: file, bytesMax: fileBytesMax).text else {
                throw SmallFile.Failure(description: "is not UTF-8 text")
            }
            return text
        } catch {
            let fault = Finding(place: .file(file, line: nil), key: nil, reason: "\(error)")
            throw ConfigurationFaults(faults: [fault], warnings: [])
        }
    }

    /// Checks what the listening socket is made with, unless systemd passes one. Its folder may be made later, as systemd
    /// does with those below /run. A group is a fault where the start would fail: without root it is lived with, and a
    /// default that the machine lacks may never be used.
    private static func checkSocket(
        _ path: String?, _ environment: [String: String], _ files: inout ConfigurationFiles
    ) {
        let isPassed = environment["LISTEN_FDS"] != nil && environment["LISTEN_PID"] == "\(getpid())"
        guard !isPassed else { return }
        files.checkFolder(of: path, key: "listen")
        let key = "socket-group"
        guard files.isUsed(key), let group = files.values.optionalText(key) else { return }
        do {
            try ListeningSocket.check(group: group)
        } catch {
            let isFault = files.values.isGiven(key) && geteuid() == 0
            if isFault { files.addFault("\(error)", key: key) } else { files.warn("\(error)", key: key) }
        }
    }

    /// How long nginx waits for an answer (fastcgi_read_timeout in nginx/pspd-locations.conf), in seconds.
    private static let nginxWaitSeconds = 40
    /// What of it is left for waiting when the store has had its part, in seconds.
    private static let answerSecondsMax = nginxWaitSeconds - 2
    /// How long systemd waits for a stop (TimeoutStopSec in deploy/systemd), in seconds.
    private static let stopWaitSeconds = 60
    /// What of it is left for calls when the master has had its part, in seconds.
    private static let graceSecondsMax = stopWaitSeconds - 10

    /// Nobody waits for a later answer. Every call is over after one of two keys, both counted from its beginning;
    /// Connect alone waits for its turn and then for the gateway.
    private static func warnOfLongWaits(_ files: inout ConfigurationFiles) {
        func seconds(_ key: String) -> Int { files.values.optionalInteger(key) ?? 0 }
        let tooLate = "nginx waits \(nginxWaitSeconds) seconds for an answer; \(answerSecondsMax) are the most advised"
        let turn = seconds("in-flight-wait-seconds")
        for key in ["answer-deadline-seconds", "in-flight-wait-seconds"] where seconds(key) > answerSecondsMax {
            files.warn(tooLate, key: key)
        }
        if files.values.optionalText("processor") == "gateway", turn <= answerSecondsMax,
            turn + seconds("gateway.timeout-seconds") > answerSecondsMax
        {
            files.warn("for a Connect in-flight-wait-seconds are added; \(tooLate)", key: "gateway.timeout-seconds")
        }
        if seconds("stop-grace-seconds") > graceSecondsMax {
            let reason = "systemd waits \(stopWaitSeconds) seconds for a stop"
            files.warn("\(reason); \(graceSecondsMax) are the most advised", key: "stop-grace-seconds")
        }
    }

    private static func warnOfDoubtfulValues(_ files: inout ConfigurationFiles) {
        for (name, when) in [("failed", "failed without a code"), ("amount-mismatch", "was refused")] {
            let key = "wix.capture-void-reason-codes.\(name)"
            if files.values.optionalText(key) == TextRule.nullWord {
                files.warn("null answers Wix that a capture or void succeeded which \(when)", key: key)
            }
        }
        if files.values.optionalText("processor") == "sandbox", !files.values.has("public-base-url") {
            files.warn("without it the sandbox declines payments that need its buyer page", key: "public-base-url")
        }
        if files.values.optionalInteger("courier.give-up-after-hours") == 0 {
            files.warn("an event is given up after its first failed attempt", key: "courier.give-up-after-hours")
        }
        if files.values.optionalText("processor") == "gateway",
            files.values.optionalText("gateway.base-url")?.hasPrefix("http:") == true
        {
            files.warn("card data and the token go to the gateway unencrypted", key: "gateway.base-url")
        }
    }
}
