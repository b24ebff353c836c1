// SQLite's file layer with a `CrashDisk` between SQLite and the real files. Registered as the process's default, it
// looks at files in watched folders only; all others go straight to the real layer.

import GRDBSQLite
import Synchronization

enum CrashVFS {
    private static let disks = Mutex<[String: CrashDisk]>([:])

    /// Watches the files of a disk from now on.
    static func watch(_ disk: CrashDisk) {
        _ = registered
        disks.withLock { $0[disk.folder] = disk }
    }

    fileprivate static func disk(of path: String) -> CrashDisk? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return disks.withLock { $0[String(path[..<slash])] }
    }

    /// The real layer. Set once, before the shim can be called.
    nonisolated(unsafe) fileprivate static let real: UnsafeMutablePointer<sqlite3_vfs> = sqlite3_vfs_find(nil)!

    private static let registered: Void = {
        let shim = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        shim.initialize(to: real.pointee)
        let name = "crash".utf8CString
        let text = UnsafeMutableBufferPointer<CChar>.allocate(capacity: name.count)
        _ = text.initialize(from: name)
        shim.pointee.zName = UnsafePointer(text.baseAddress)
        shim.pointee.pNext = nil
        shim.pointee.szOsFile = CInt(ShimFile.bytes) + real.pointee.szOsFile
        shim.pointee.xOpen = { _, name, file, flags, outFlags in openFile(name, file, flags, outFlags) }
        shim.pointee.xDelete = { _, name, syncFolder in
            let path = name.map { String(cString: $0) } ?? ""
            let disk = disk(of: path)
            if disk?.isOff == true { return InputOutput.delete }
            let code = real.pointee.xDelete(real, name, syncFolder)
            if code == SQLITE_OK { disk?.deleted(path, withFolderSynced: syncFolder != 0) }
            return code
        }
        precondition(sqlite3_vfs_register(shim, 1) == SQLITE_OK)
    }()

    private static func openFile(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: CInt,
        _ outFlags: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        guard let file else { return SQLITE_MISUSE }
        guard let name, let disk = disk(of: String(cString: name)) else {
            return real.pointee.xOpen(real, name, file, flags, outFlags)
        }
        if disk.isOff {
            file.pointee.pMethods = nil
            return SQLITE_CANTOPEN
        }
        let shim = ShimFile.of(file)
        let code = real.pointee.xOpen(real, name, shim.realFile, flags, outFlags)
        guard code == SQLITE_OK else {
            file.pointee.pMethods = nil
            return code
        }
        let path = String(cString: name)
        disk.opened(path)
        shim.pointer.pointee.watched = Unmanaged.passRetained(WatchedFile(disk: disk, path: path))
        file.pointee.pMethods = UnsafePointer(ShimFile.methods)
        return SQLITE_OK
    }
}

private final class WatchedFile {
    let disk: CrashDisk
    let path: String

    init(disk: CrashDisk, path: String) {
        self.disk = disk
        self.path = path
    }
}

/// What SQLite has for each open file: our part, and behind it the real layer's.
private struct ShimFile {
    struct Head {
        var base: sqlite3_file
        var watched: Unmanaged<WatchedFile>
    }

    let pointer: UnsafeMutablePointer<Head>

    static let bytes = (MemoryLayout<Head>.stride + 15) / 16 * 16

    static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> ShimFile {
        ShimFile(pointer: UnsafeMutableRawPointer(file).assumingMemoryBound(to: Head.self))
    }

    var realFile: UnsafeMutablePointer<sqlite3_file> {
        (UnsafeMutableRawPointer(pointer) + Self.bytes).assumingMemoryBound(to: sqlite3_file.self)
    }

    var watched: WatchedFile { pointer.pointee.watched.takeUnretainedValue() }
    var real: sqlite3_io_methods { realFile.pointee.pMethods.pointee }

    // Immutable once made.
    nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var table = sqlite3_io_methods()
        table.iVersion = 2
        table.xClose = { file in
            let shim = ShimFile.of(file!)
            let code = shim.real.xClose(shim.realFile)
            shim.pointer.pointee.watched.release()
            return code
        }
        table.xRead = { file, buffer, count, offset in
            let shim = ShimFile.of(file!)
            if shim.watched.disk.isOff { return InputOutput.read }
            return shim.real.xRead(shim.realFile, buffer, count, offset)
        }
        table.xWrite = { file, buffer, count, offset in write(ShimFile.of(file!), buffer!, Int(count), Int(offset)) }
        table.xTruncate = { file, size in
            let shim = ShimFile.of(file!)
            if shim.watched.disk.begin(.truncate) != nil { return InputOutput.truncate }
            let code = shim.real.xTruncate(shim.realFile, size)
            if code == SQLITE_OK { shim.watched.disk.truncated(shim.watched.path, size: Int(size)) }
            return code
        }
        table.xSync = { file, _ in sync(ShimFile.of(file!)) }
        table.xFileSize = { file, size in
            let shim = ShimFile.of(file!)
            return shim.real.xFileSize(shim.realFile, size)
        }
        table.xLock = { file, lock in
            let shim = ShimFile.of(file!)
            return shim.real.xLock(shim.realFile, lock)
        }
        table.xUnlock = { file, lock in
            let shim = ShimFile.of(file!)
            return shim.real.xUnlock(shim.realFile, lock)
        }
        table.xCheckReservedLock = { file, result in
            let shim = ShimFile.of(file!)
            return shim.real.xCheckReservedLock(shim.realFile, result)
        }
        table.xFileControl = { file, operation, argument in
            let shim = ShimFile.of(file!)
            return shim.real.xFileControl(shim.realFile, operation, argument)
        }
        table.xSectorSize = { file in
            let shim = ShimFile.of(file!)
            return shim.real.xSectorSize(shim.realFile)
        }
        table.xDeviceCharacteristics = { file in
            let shim = ShimFile.of(file!)
            return shim.real.xDeviceCharacteristics(shim.realFile)
        }
        table.xShmMap = { file, region, size, extend, pages in
            let shim = ShimFile.of(file!)
            return shim.real.xShmMap(shim.realFile, region, size, extend, pages)
        }
        table.xShmLock = { file, offset, count, flags in
            let shim = ShimFile.of(file!)
            return shim.real.xShmLock(shim.realFile, offset, count, flags)
        }
        table.xShmBarrier = { file in
            let shim = ShimFile.of(file!)
            shim.real.xShmBarrier(shim.realFile)
        }
        table.xShmUnmap = { file, delete in
            let shim = ShimFile.of(file!)
            return shim.real.xShmUnmap(shim.realFile, delete)
        }
        methods.initialize(to: table)
        return methods
    }()

    private static func write(_ shim: ShimFile, _ buffer: UnsafeRawPointer, _ count: Int, _ offset: Int) -> CInt {
        let watched = shim.watched
        var length = count
        var code = SQLITE_OK
        switch watched.disk.begin(.write) {
        case nil: break
        case .full(let written):
            length = min(written, count)
            code = SQLITE_FULL
        case .inputOutput, .syncLosesWrites: return InputOutput.write
        }
        if length > 0 {
            let result = shim.real.xWrite(shim.realFile, buffer, CInt(length), sqlite3_int64(offset))
            guard result == SQLITE_OK else { return result }
            let bytes = UnsafeRawBufferPointer(start: buffer, count: length)
            watched.disk.wrote(watched.path, offset: offset, Array(bytes))
        }
        return code
    }

    private static func sync(_ shim: ShimFile) -> CInt {
        let watched = shim.watched
        switch watched.disk.begin(.sync) {
        case nil: break
        case .syncLosesWrites:
            watched.disk.lost(watched.path)
            return InputOutput.fsync
        case .full, .inputOutput: return InputOutput.fsync
        }
        return watched.disk.synced(watched.path) ? SQLITE_OK : InputOutput.fsync
    }
}

/// SQLite's extended codes, which its header writes in a way that Swift does not see.
private enum InputOutput {
    static let read = SQLITE_IOERR | (1 << 8)
    static let write = SQLITE_IOERR | (3 << 8)
    static let fsync = SQLITE_IOERR | (4 << 8)
    static let truncate = SQLITE_IOERR | (6 << 8)
    static let delete = SQLITE_IOERR | (10 << 8)
}
