// The memory that all processes count in.
//
// Why atomics in a mapped file are sound across processes: an `Atomic<UInt64>` is laid out as its 64 bits and nothing
// else, so a word of the file is one. Its operations compile to the processor's own lock-free instructions, which act
// on physical memory; MAP_SHARED gives every process the same page frames, so they see one another's operations just
// as threads do. Each word is aligned to its size (mappings start at a page). Every bit pattern is a valid value, and
// zero, which a new file is full of, is the value that every number starts from. A process that is killed between two
// instructions leaves the page in the kernel's cache with everything it had added. Only a machine that loses its power
// loses counts, which Prometheus takes as a counter's reset.

import Glibc
import Synchronization

/// A mapping of the shared file, or of private memory.
///
/// `@unchecked Sendable`: the pointer never changes, it is unmapped when nobody refers to it any more, and what it
/// points to is touched by atomic operations only.
final class SharedWords: @unchecked Sendable {
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let bytes: Int
    /// The open file; nil for private memory.
    let descriptor: CInt?
    /// Slots that this process holds: the kernel does not show a process its own locks.
    let ownSlots = Mutex<Set<Int>>([])

    /// Takes over the descriptor, if there is one.
    init(descriptor: CInt?, isWritable: Bool) throws(MetricsFileError) {
        bytes = Layout.current.words * MemoryLayout<Atomic<UInt64>>.stride
        let memory = mmap(
            nil, bytes, isWritable ? PROT_READ | PROT_WRITE : PROT_READ,
            descriptor == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, descriptor ?? -1, 0)
        guard let memory, memory != MAP_FAILED else {
            let error = MetricsFileError("mmap")
            if let descriptor { close(descriptor) }
            throw error
        }
        words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: Layout.current.words)
        self.descriptor = descriptor
    }

    deinit {
        munmap(UnsafeMutableRawPointer(words), bytes)
        if let descriptor { close(descriptor) }
    }

    func load(_ index: Int) -> UInt64 { words[index].load(ordering: .relaxed) }

    func store(_ index: Int, _ value: UInt64) { words[index].store(value, ordering: .relaxed) }

    func add(_ index: Int, _ value: UInt64) { words[index].wrappingAdd(value, ordering: .relaxed) }

    func subtract(_ index: Int, _ value: UInt64) { words[index].wrappingSubtract(value, ordering: .relaxed) }

    /// Loads a number that says whether what was loaded before or after it belongs together.
    func loadAcquiring(_ index: Int) -> UInt64 { words[index].load(ordering: .acquiring) }

    func storeReleasing(_ index: Int, _ value: UInt64) { words[index].store(value, ordering: .releasing) }

    func fence() { atomicMemoryFence(ordering: .acquiringAndReleasing) }
}

/// Why the shared file can't be used.
public struct MetricsFileError: Error, Sendable, CustomStringConvertible {
    /// What happened, for the log.
    public let description: String

    init(reason: String) { description = reason }

    /// A failed system call, by `errno`.
    init(_ call: String) { description = "\(call): \(String(cString: strerror(errno)))" }
}
