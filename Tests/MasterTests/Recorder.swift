// A log whose records a test can wait for.

import Logging
import Testing

/// One record.
struct Record: Sendable {
    let message: String
    let metadata: [String: String]
}

/// Hands every record of its logger to a stream.
struct Recorder {
    let logger: Logger
    private let records: AsyncStream<Record>

    init() {
        let (records, continuation) = AsyncStream.makeStream(of: Record.self)
        self.records = records
        logger = Logger(label: "test") { _ in Handler(continuation: continuation) }
    }

    /// The next record that `isWanted`; those before it are dropped.
    func next(where isWanted: (Record) -> Bool) async throws -> Record {
        try #require(await records.first(where: isWanted))
    }

    private struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        let continuation: AsyncStream<Record>.Continuation

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
            continuation.yield(Record(message: "\(event.message)", metadata: metadata.mapValues { "\($0)" }))
        }
    }
}
