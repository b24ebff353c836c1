// Counters that all processes of a store share, right across restarts and kill -9 because they live in a file that
// every process maps. Called by everybody who has something to count. Counting takes a few nanoseconds: one atomic
// addition, no lock, no allocation.

/// A process's access to the shared numbers.
public final class Metrics: Sendable {
    let words: SharedWords

    /// What is appended to the store's path.
    public static let fileSuffix = ".metrics"

    /// Counts in the file beside the store at `store`, which is made, or replaced if it is of another version.
    ///
    /// - Throws: `MetricsFileError`; `Metrics.unshared()` is the way to go on.
    public convenience init(store: String) throws(MetricsFileError) {
        self.init(try MetricsFile.open(store + Self.fileSuffix))
    }

    private init(_ words: SharedWords) { self.words = words }

    /// The numbers beside the store at `store`, to look at and not to count; nil when there are none.
    public static func reading(store: String) throws(MetricsFileError) -> Metrics? {
        try MetricsFile.openToRead(store + fileSuffix).map(Metrics.init)
    }

    /// Counts in memory of this process alone: for tests, and where the file can't be made.
    public static func unshared() -> Metrics {
        do {
            return Metrics(try SharedWords(descriptor: nil, isWritable: true))
        } catch {
            preconditionFailure("no memory for metrics: \(error)")
        }
    }

    // MARK: Counting

    /// Adds to a counter.
    public func count(_ counter: Counter, _ number: Int = 1) {
        words.add(counter.index, UInt64(number))
    }

    /// Adds a duration to a distribution. Less than nothing, as after a clock's jump, counts as nothing.
    public func observe(_ histogram: Histogram, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(histogram, nanoseconds: seconds.multipliedOrMost(1_000_000_000) &+ attoseconds / 1_000_000_000)
    }

    /// The same in milliseconds.
    public func observe(_ histogram: Histogram, milliseconds: Int64) {
        observe(histogram, nanoseconds: milliseconds.multipliedOrMost(1_000_000))
    }

    private func observe(_ histogram: Histogram, nanoseconds: Int64) {
        let (first, bounds) = histogram.place
        let value = max(0, nanoseconds)
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < value { bucket += 1 }
        words.add(first + bucket, 1)
        words.add(first + bounds.count + 1, UInt64(value))
    }

    /// Sets a gauge.
    public func set(_ gauge: Gauge, _ value: Int64) {
        let index = Layout.current.gauges + 2 * gauge.rawValue
        words.store(index, UInt64(bitPattern: value))
        words.store(index + 1, 1)
    }

    // MARK: Reading

    /// A counter's value.
    public func value(_ counter: Counter) -> UInt64 { words.load(counter.index) }

    /// How many durations a distribution holds.
    public func count(of histogram: Histogram) -> UInt64 {
        let (first, bounds) = histogram.place
        return (0...bounds.count).reduce(0) { $0 &+ words.load(first + $1) }
    }

    /// A gauge's value; nil when it was never set.
    public func value(_ gauge: Gauge) -> Int64? {
        let index = Layout.current.gauges + 2 * gauge.rawValue
        return words.load(index + 1) == 0 ? nil : Int64(bitPattern: words.load(index))
    }
}

extension Int64 {
    /// The product, or the largest number of its sign, below which nanoseconds can still be added.
    fileprivate func multipliedOrMost(_ factor: Int64) -> Int64 {
        let (product, isTooLarge) = multipliedReportingOverflow(by: factor)
        return isTooLarge ? (self < 0 ? .min / 2 : .max / 2) : product
    }
}
