// Ends a worker whose store can no longer be trusted: after a failed sync nobody knows which pages are on disk
// (design, The store). The master starts another one, which reads the file anew.

import ServiceLifecycle
import Store

struct TrustWatch: Service {
    let store: Store

    /// Throws the store's error as soon as there is one; returns on graceful shutdown.
    func run() async throws {
        let error = await cancelWhenGracefulShutdown { await store.untilUntrusted() }
        if let error { throw error }
    }
}
