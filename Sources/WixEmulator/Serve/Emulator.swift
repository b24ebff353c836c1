// Wix, as far as a PSP sees it: routes each request of the FastCGI side to the token desk, Submit
// Event, the views and the return pages. Safe to call from many threads; `EmulatorServer` and the
// tests call it. The time is handed in, so a test needs no waiting.

import FastCGI
import FoundationEssentials
public import Logging
import Synchronization

/// The emulator behind one app.
public final class Emulator: Sendable {
    /// Where a PSP asks for tokens (spec §6.1).
    public static let tokenPath = "/oauth/access"
    /// Where a PSP sends events (spec §6.2).
    public static let eventPath = "/payments/v1/provider-platform-events"

    struct State {
        var tokens = TokenDesk()
        var log = EventLog()
        var tokenLog = RecentLog<TokenRecord>(keeping: TokenRecord.kept)
        var calls = RecentLog<CallRecord>(keeping: CallRecord.kept)
        var ledger = WixLedger()
        var faults: FaultBook
    }

    let app: AppCredentials
    let record: RecordFile?
    let logger: Logger
    let state: Mutex<State>

    /// - Parameters:
    ///   - record: where each call of Submit Event is appended; nil: memory only.
    ///   - faults: rules in force from the start.
    public init(app: AppCredentials, record: RecordFile?, faults: [FaultRule], logger: Logger) {
        self.app = app
        self.record = record
        self.logger = logger
        self.state = Mutex(State(faults: FaultBook(faults)))
    }

    /// Answers one request.
    func answer(_ request: Request, now: Date) -> Reply {
        let path = request.path
        switch path {
        case Self.tokenPath, Self.eventPath:
            guard request.method == "POST" else { return Self.wrongMethod }
            guard case .complete(let body) = request.body else { return Self.unreadable }
            let payment = path == Self.eventPath ? EventCheck.wixTransactionId(in: body) : nil
            return state.withLock { state in
                let fault = state.faults.draw(path: path, payment: payment)
                return path == Self.tokenPath
                    ? token(request, body, now, fault, &state) : event(request, body, now, fault, &state)
            }
        case CallReport.path where request.method == "POST":
            guard case .complete(let body) = request.body else { return Self.unreadable }
            return called(body, now)
        case "/emulator/faults": return faults(request)
        default: return request.method == "GET" ? view(request, now) : .notFound(path)
        }
    }

    static let wrongMethod = Reply.wixError(405, code: "METHOD_NOT_ALLOWED", [Problem("method", "not allowed")])
    static let unreadable = Reply.wixError(
        413, code: "PAYLOAD_TOO_LARGE", [Problem("body", "too large or not complete")])
}
