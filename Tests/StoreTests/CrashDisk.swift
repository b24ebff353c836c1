// A disk that forgets what was not synced: the power-loss and fault tests' other half of SQLite's file layer.
//
// The real files are what the running system sees (the kernel's cache). Beside them each file has what is on the
// platter, and the writes that are on their way to it. A sync brings a file's writes to the platter. When the power
// fails, each write that was on its way is there, is not, or is torn: some of its sectors are.

import Foundation
import Store
import Synchronization
import TestChance

/// What happens at one call of SQLite to its files.
enum DiskFault: Sendable, Equatable {
    /// No room; `written` bytes of the write came through.
    case full(written: Int)
    /// The device reports an error.
    case inputOutput
    /// A sync fails, and the writes that it was to bring are lost, though the kernel's cache goes on to show them.
    case syncLosesWrites
}

/// The calls that can fail.
enum DiskCall: Sendable, Equatable {
    case write, truncate, sync
}

final class CrashDisk: Sendable {
    static let sectorBytes = 512

    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(size: Int)
    }

    private struct File {
        var platter: [UInt8] = []
        var onTheWay: [Change] = []
        /// Deleted without a sync of its folder: may come back.
        var isDeleted = false
    }

    private struct State {
        var files: [String: File] = [:]
        var syncs = 0
        var isOff = false
        /// What the platter holds, from the moment at which the power failed.
        var image: [String: [UInt8]] = [:]
        var generator: SplitMix64
        var powerFailsAtSync: Int?
        var fault: (@Sendable (DiskCall) -> DiskFault?)?
    }

    let folder: String
    private let state: Mutex<State>

    /// Watches the files in `folder` from now on.
    init(folder: String, seed: UInt64) {
        self.folder = folder
        state = Mutex(State(generator: SplitMix64(seed: seed)))
        CrashVFS.watch(self)
    }

    // MARK: Orders of the test

    /// The power fails in the middle of the sync with this number, counted from 1.
    func failPower(atSync number: Int) { state.withLock { $0.powerFailsAtSync = number } }

    /// Asked at every call whether it fails.
    func inject(_ fault: (@Sendable (DiskCall) -> DiskFault?)?) { state.withLock { $0.fault = fault } }

    /// Opens the store in the disk's folder.
    func open() throws -> Store {
        let store = try Store(path: folder + "/pspd.db")
        syncedFolder()
        return store
    }

    var isOff: Bool { state.withLock { $0.isOff } }

    /// Pulls the plug now, if it was not pulled.
    func cutPower() { state.withLock { Self.cutPower(&$0) } }

    /// Puts the platter's content in the place of the files, and switches the disk on again. Nothing may have the files
    /// open.
    func restart() throws {
        try state.withLock { state in
            Self.cutPower(&state)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let path = folder + "/" + name
                if name.hasSuffix("-shm") || state.files[path] != nil {
                    try FileManager.default.removeItem(atPath: path)
                }
            }
            state.files = [:]
            for (path, bytes) in state.image {
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                state.files[path] = File(platter: bytes)
            }
            state.image = [:]
            state.isOff = false
            state.powerFailsAtSync = nil
            state.syncs = 0
        }
    }

    private static func cutPower(_ state: inout State) {
        guard !state.isOff else { return }
        state.isOff = true
        for (path, file) in state.files {
            if file.isDeleted, Bool.random(using: &state.generator) { continue }
            state.image[path] = survivors(file, &state.generator)
        }
    }

    /// Each change on its way is applied, dropped or torn.
    private static func survivors(_ file: File, _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = file.platter
        for change in file.onTheWay {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: apply(change, to: &bytes)
            case 1: break
            default: tear(change, &bytes, &generator)
            }
        }
        return bytes
    }

    private static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let new):
            if bytes.count < offset + new.count {
                bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
            }
            bytes.replaceSubrange(offset..<offset + new.count, with: new)
        case .truncate(let size):
            if bytes.count > size { bytes.removeLast(bytes.count - size) }
        }
    }

    private static func tear(_ change: Change, _ bytes: inout [UInt8], _ generator: inout SplitMix64) {
        guard case .write(let offset, let new) = change else { return }
        var start = 0
        while start < new.count {
            let end = min(new.count, start + sectorBytes - (offset + start) % sectorBytes)
            if Bool.random(using: &generator) {
                apply(.write(offset: offset + start, bytes: Array(new[start..<end])), to: &bytes)
            }
            start = end
        }
    }

    // MARK: Calls of SQLite

    /// The fault of this call, if any; `inputOutput` for all after the power has failed.
    func begin(_ call: DiskCall) -> DiskFault? {
        state.withLock { state in
            if state.isOff { return .inputOutput }
            return state.fault?(call)
        }
    }

    func opened(_ path: String) {
        state.withLock { state in
            if state.files[path] == nil || state.files[path]?.isDeleted == true { state.files[path] = File() }
        }
    }

    func wrote(_ path: String, offset: Int, _ bytes: [UInt8]) {
        state.withLock { $0.files[path, default: File()].onTheWay.append(.write(offset: offset, bytes: bytes)) }
    }

    func truncated(_ path: String, size: Int) {
        state.withLock { $0.files[path, default: File()].onTheWay.append(.truncate(size: size)) }
    }

    /// A sync that the device says it has done. False when the power fails in its middle.
    func synced(_ path: String) -> Bool {
        state.withLock { state in
            if state.isOff { return false }
            state.syncs += 1
            if state.syncs == state.powerFailsAtSync {
                Self.cutPower(&state)
                return false
            }
            guard var file = state.files.removeValue(forKey: path) else { return true }
            for change in file.onTheWay { Self.apply(change, to: &file.platter) }
            file.onTheWay = []
            state.files[path] = file
            return true
        }
    }

    /// The store has synced the folder by itself, at the end of its opening: what SQLite has deleted stays deleted.
    func syncedFolder() { state.withLock { $0.files = $0.files.filter { !$0.value.isDeleted } } }

    /// What was on its way never arrives.
    func lost(_ path: String) { state.withLock { $0.files[path]?.onTheWay = [] } }

    func deleted(_ path: String, withFolderSynced: Bool) {
        state.withLock { state in
            if withFolderSynced {
                state.files[path] = nil
            } else {
                state.files[path]?.isDeleted = true
            }
        }
    }
}
