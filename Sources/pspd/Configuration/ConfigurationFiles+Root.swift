// Secrets that root can read and the service can't: whoever checks a configuration as root sees no fault in them.

import Glibc

extension ConfigurationFiles {
    /// Warns of secrets with a whole path that only root can read, when root checks for a service that runs as another
    /// user: the owner of the store's folder. Bare names are handed over by systemd.
    mutating func warnOfSecretsForRootAlone(store: String?) {
        guard geteuid() == 0, let store, let folder = Self.status(of: Self.folder(of: store)), folder.st_uid != 0
        else { return }
        for key in ConfigurationKeys.all where isUsed(key.path) {
            guard case .secretFile = key.kind, let path = values.optionalText(key.path), path.hasPrefix("/"),
                Self.isForRootAlone(path)
            else { continue }
            let reason = "\(path): only root can read this, and the service runs as the user who owns the store"
            warn("\(reason); write the bare name and let systemd hand it over (LoadCredential=)", key: key.path)
        }
    }

    /// Whether no other user can read the file, or enter its folder.
    private static func isForRootAlone(_ path: String) -> Bool {
        func isClosed(_ path: String, group: mode_t, others: mode_t) -> Bool {
            guard let status = status(of: path), status.st_uid == 0 else { return false }
            return status.st_mode & (status.st_gid == 0 ? others : group | others) == 0
        }
        return isClosed(path, group: S_IRGRP, others: S_IROTH)
            || isClosed(folder(of: path), group: S_IXGRP, others: S_IXOTH)
    }

    /// Where the file is, with the slash at its end.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
