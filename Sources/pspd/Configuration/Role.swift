// The processes that read the configuration, each its own part of the files named in it.

/// A kind of process. It reads and validates only the secret, key and certificate files that it uses.
enum Role: String, Sendable, CaseIterable {
    /// Answers Wix behind nginx.
    case worker
    /// Sends events to Wix and settles what workers left open.
    case courier
    /// Opens the socket that nginx connects to, and runs the others.
    case master
}

extension Set<Role> {
    /// Every role: what `pspd check-config` and a `pspd serve` with its courier validate for.
    static let all: Self = Set(Role.allCases)
}
