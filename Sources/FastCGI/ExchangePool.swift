// Exchanges that wait for their next connection. Grows to the largest number ever open at once.

import Synchronization

final class ExchangePool: Sendable {
    private let free = Mutex<[Exchange]>([])

    func take() -> Exchange {
        free.withLock { $0.popLast() } ?? Exchange()
    }

    func give(_ exchange: Exchange) {
        free.withLock { $0.append(exchange) }
    }

    deinit {
        free.withLock { exchanges in exchanges.forEach { $0.deallocate() } }
    }
}
