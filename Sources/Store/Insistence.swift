// Storing what has happened and must not get lost: as long as the process lives, nobody else would store it, so a store
// that fails is tried again until it works.

extension Store {
    /// The longest pause between two tries, in seconds: so late at most is it noticed that the store works again.
    static let insistPauseSecondsMax = 5

    /// Runs `body` until it succeeds. Nil when the store is untrusted, or when `goesOn` says after an error that the
    /// process ends.
    public static func insist<T>(
        while goesOn: () -> Bool = { true }, _ body: () async throws(StoreError) -> T, onError: (StoreError) -> Void
    ) async -> T? {
        await insist(while: goesOn, body, onError: onError) { try? await Task.sleep(for: $0) }
    }

    static func insist<T>(
        while goesOn: () -> Bool, _ body: () async throws(StoreError) -> T, onError: (StoreError) -> Void,
        pausing: (Duration) async -> Void
    ) async -> T? {
        var pause = Duration.milliseconds(100)
        while true {
            do throws(StoreError) {
                return try await body()
            } catch {
                onError(error)
                guard error.code != .untrusted, goesOn() else { return nil }
            }
            await pausing(pause)
            pause = min(pause * 2, .seconds(insistPauseSecondsMax))
        }
    }
}
