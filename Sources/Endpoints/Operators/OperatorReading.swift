// What is looked up for operators, in one go: the store's numbers, the courier's account of itself, the processes. The
// base of `/status`, `/metrics` and `pspd status`; none of it is card data or a secret (design rule 13).

public import Metrics
public import Store

/// How everything stands at one moment. A store that can't be read leaves gaps, and says why.
public struct OperatorReading: Sendable {
    /// Upper ends of the spans of ages that open events are counted by, in milliseconds, and their names.
    static let spans: [(name: String, milliseconds: Int64)] = [
        ("minute", 60_000), ("tenMinutes", 600_000), ("hour", 3_600_000), ("day", 86_400_000),
    ]

    /// When this was read, milliseconds since 1970.
    public let now: Int64
    /// The store's numbers.
    public var gauges: StoreGauges?
    /// What the courier last told.
    public var courier: CourierStatus?
    /// Whether a courier is running.
    public var isCourierAlive: Bool?
    /// What keeps the store from being read.
    public var storeError: String?
    /// Room on the disk.
    public let room: StoreRoom
    /// The processes that live; nil without metrics.
    public let processes: [ProcessView]?

    /// Reads the store and the metrics.
    ///
    /// - Parameters:
    ///   - store: nil when it could not be opened, for the reason that is `storeError`.
    ///   - now: milliseconds since 1970.
    public init(store: Store?, path: String, storeError: String? = nil, metrics: Metrics?, now: Int64) {
        self.now = now
        self.storeError = storeError
        room = StoreRoom(path: path)
        processes = metrics?.processes()
        guard let store else { return }
        do throws(StoreError) {
            isCourierAlive = try store.isCourierAlive()
            gauges = try store.gauges(spansMilliseconds: Self.spans.map(\.milliseconds), now: now)
            courier = try store.courierStatus()
        } catch {
            self.storeError = "\(error)"
        }
    }

    /// Seconds between a time and now; never less than none, whatever the clocks do.
    func seconds(since at: Int64) -> Int { Int(max(0, now - at) / 1_000) }

    /// When the oldest open event was made.
    var oldestEventAt: Int64? { gauges?.events.compactMap(\.oldestAt).min() }
}
