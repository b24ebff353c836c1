// A lock for long waits.

import Glibc

/// A pthread mutex. `Synchronization.Mutex` spins before it sleeps, which is wasted when the holder itself sleeps in
/// `poll`: with it, a request took the worker twice the processor time.
// @unchecked: the pointer never changes, and what is behind it is made for many threads.
final class SleepingLock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init: errno \(code)")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: () -> Result) -> Result {
        let code = pthread_mutex_lock(mutex)
        precondition(code == 0, "pthread_mutex_lock: errno \(code)")
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
