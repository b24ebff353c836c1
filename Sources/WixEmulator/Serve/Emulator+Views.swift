// The emulator's own paths, under /emulator/: events, payments, calls and return pages to look at, a page that shows
// them live, fault rules to set, calls that `send` and `check` report. Called by the router.

import FastCGI
import FoundationEssentials
import Synchronization

extension Emulator {
    func view(_ request: Request, _ now: Date) -> Reply {
        let path = request.path
        switch path {
        case "/emulator", "/emulator/": return LivePage.reply
        case "/emulator/events":
            let id = queryValue("wixTransactionId", in: request)
            let records = since(request, state.withLock { $0.log.records(of: id) }, \.time)
            return .json(200, ["events": .array(latest(records, request).map(\.json))])
        case CallReport.path:
            let records = state.withLock { $0.calls.entries }
            return .json(200, ["calls": .array(latest(records, request).map(\.json))])
        case "/emulator/tokens":
            let records = since(request, state.withLock { $0.tokenLog.entries }, \.time)
            return .json(200, ["tokens": .array(latest(records, request).map(\.json))])
        case "/emulator/payments":
            let ledger = state.withLock { $0.ledger }
            let views = latest(ledger.ids, request).compactMap { ledger[$0]?.json(now: now.wholeSeconds) }
            return .json(200, ["payments": .array(views)])
        default: break
        }
        if path.hasPrefix("/emulator/payments/") {
            return payment(String(path.dropFirst("/emulator/payments/".count)), now)
        }
        if path.hasPrefix(ReturnPage.path),
            let page = ReturnPage(rawValue: String(path.dropFirst(ReturnPage.path.count)))
        {
            return .page(page.html)
        }
        return .notFound(path)
    }

    private func payment(_ id: String, _ now: Date) -> Reply {
        let (payment, records) = state.withLock { ($0.ledger[id], $0.log.records(of: id)) }
        guard let payment, case .object(var members) = payment.json(now: now.wholeSeconds) else {
            return .notFound("payment")
        }
        members["events"] = .array(records.map(\.json))
        return .json(200, .object(members))
    }

    /// The entries from the stamp `since` on, or all. Stamps have one length, so they sort as text.
    private func since<Entry>(_ request: Request, _ entries: [Entry], _ time: (Entry) -> Date) -> [Entry] {
        guard let first = queryValue("since", in: request), !first.isEmpty else { return entries }
        return entries.filter { EventRecord.stamp(time($0)) >= first }
    }

    /// The last `limit` entries, or all.
    private func latest<Entry>(_ entries: [Entry], _ request: Request) -> [Entry] {
        guard let limit = queryValue("limit", in: request).flatMap({ Int($0) }), limit >= 0 else { return entries }
        return entries.suffix(limit)
    }

    func called(_ body: [UInt8], _ now: Date) -> Reply {
        switch CallReport.read(body) {
        case .failure(let problem): return .wixError(400, code: "INVALID_ARGUMENT", [problem])
        case .success(let report):
            return state.withLock { state in
                if report.milliseconds != nil { state.calls.append(CallRecord(time: now, report: report)) }
                if let id = report.wixTransactionId, state.ledger[id] != nil || report.terms != nil {
                    state.ledger.update(id) { report.apply(to: &$0, now: now.wholeSeconds) }
                }
                return .json(200, [:])
            }
        }
    }

    func faults(_ request: Request) -> Reply {
        switch request.method {
        case "GET": break
        case "DELETE":
            let payment = queryValue("wixTransactionId", in: request)
            state.withLock { state in
                if let payment { state.faults.clear(of: payment) } else { state.faults.clear() }
            }
        case "POST":
            guard case .complete(let body) = request.body else { return Self.unreadable }
            guard let json = JSON(parsing: body) else {
                return .wixError(400, code: "INVALID_ARGUMENT", [Problem("body", "is not JSON")])
            }
            do throws(Problem) {
                let rule = try FaultRule(json)
                guard state.withLock({ $0.faults.add(rule) }) else {
                    return .wixError(409, code: "TOO_MANY", [Problem("faults", "at most \(FaultBook.rulesMax)")])
                }
            } catch {
                return .wixError(400, code: "INVALID_ARGUMENT", [error])
            }
        default: return Self.wrongMethod
        }
        return .json(200, ["faults": .array(state.withLock { $0.faults.rules }.map(\.json))])
    }

    private func queryValue(_ name: String, in request: Request) -> String? {
        let query = request.parameters["QUERY_STRING"] ?? ""
        let pair = query.split(separator: "&").first { $0.hasPrefix("\(name)=") }
        return pair.map { String($0.dropFirst(name.count + 1)) }
    }
}

extension Date {
    /// Seconds since 1970.
    var wholeSeconds: Int64 { Int64(timeIntervalSince1970) }
}
