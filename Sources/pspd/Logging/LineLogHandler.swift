// The log: one line a record on standard error, as JSON for machines or plain text for people.
// Set up once a process by `LogLines.bootstrap`; everything else logs through swift-log.
// Promise: a line goes out in one write(2) of at most `lineBytesMax` bytes, so that the lines of several processes on
// one pipe never mix. For systemd's journal its level stands before it (`Journal`).

import Glibc
import Logging
import Synchronization

/// Turns records into lines on a descriptor.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level
    private let origin: LogLine.Origin
    private let format: PspdConfiguration.Log.Format
    private let descriptor: CInt
    private let isForJournal: Bool

    init(
        label: String, role: String, settings: PspdConfiguration.Log, metadataProvider: Logger.MetadataProvider? = nil,
        descriptor: CInt = STDERR_FILENO, isForJournal: Bool = false
    ) {
        logLevel = settings.level
        format = settings.format
        origin = LogLine.Origin(label: label, role: role, pid: getpid())
        self.metadataProvider = metadataProvider
        self.descriptor = descriptor
        self.isForJournal = isForJournal
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged = merged.isEmpty ? own : merged.merging(own) { $1 } }
        if let error = event.error { merged["error"] = "\(error)" }
        if event.level >= .error { LogLines.observe(event.message.description, merged) }
        let line = LogLine(
            time: .now(), level: event.level, message: event.message.description, origin: origin, metadata: merged
        )
        let bytes = (isForJournal ? Journal.prefix(event.level) : []) + (format == .json ? line.json() : line.plain())
        // A log that can't be written has nobody to tell. Short writes end in the middle of a line for the same reason.
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}

/// Sets the log up.
enum LogLines {
    /// From here on every `Logger` of this process writes lines. To be called once, before the first logger is made.
    static func bootstrap(_ settings: PspdConfiguration.Log, role: String) {
        let isForJournal = Journal.reads(STDERR_FILENO)
        LoggingSystem.bootstrap(
            { label, provider in
                LineLogHandler(
                    label: label, role: role, settings: settings, metadataProvider: provider, isForJournal: isForJournal
                )
            },
            metadataProvider: nil
        )
    }

    private static let observer = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// From here on `observer` gets the text of each error of this process that is logged: the message, and what
    /// stands under `error` or `reason`.
    static func observeErrors(_ observer: @escaping @Sendable (String) -> Void) {
        Self.observer.withLock { $0 = observer }
    }

    fileprivate static func observe(_ message: String, _ metadata: Logger.Metadata) {
        guard let observer = observer.withLock({ $0 }) else { return }
        let cause = metadata["error"] ?? metadata["reason"]
        observer(message + (cause.map { ": \($0)" } ?? ""))
    }
}
