// A store's path in a folder of its own, removed at the end.

import Foundation

final class TemporaryStore {
    let folder: URL
    let path: String
    var file: String { path + ".metrics" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("metrics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.appendingPathComponent("pspd.db").path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path) } }
}
