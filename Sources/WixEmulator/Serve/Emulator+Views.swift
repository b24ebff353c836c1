// The emulator's own paths, under /emulator/: events, payments and return pages to look at, fault
// rules to set, calls that `send` reports. Called by the router.

import FastCGI
import Synchronization

extension Emulator {
    func view(_ request: Request) -> Reply {
        let path = request.path
        if path == "/emulator/events" {
            let id = queryValue("wixTransactionId", in: request)
            let records = state.withLock { $0.log.records(of: id) }
            return .json(200, ["events": .array(records.map(\.json))])
        }
        if path == "/emulator/payments" {
            let ledger = state.withLock { $0.ledger }
            return .json(200, ["payments": .array(ledger.ids.compactMap { ledger[$0]?.json })])
        }
        if path.hasPrefix("/emulator/payments/") {
            let id = String(path.dropFirst("/emulator/payments/".count))
            let (payment, records) = state.withLock { ($0.ledger[id], $0.log.records(of: id)) }
            guard let payment, case .object(var members) = payment.json else { return .notFound("payment") }
            members["events"] = .array(records.map(\.json))
            return .json(200, .object(members))
        }
        if path.hasPrefix(ReturnPage.path),
            let page = ReturnPage(rawValue: String(path.dropFirst(ReturnPage.path.count)))
        {
            return .page(page.html)
        }
        return .notFound(path)
    }

    func called(_ body: [UInt8]) -> Reply {
        switch CallReport.read(body) {
        case .failure(let problem): return .wixError(400, code: "INVALID_ARGUMENT", [problem])
        case .success(let report):
            return state.withLock { state in
                state.ledger.update(report.wixTransactionId) { report.apply(to: &$0) }
                return .json(200, [:])
            }
        }
    }

    func faults(_ request: Request) -> Reply {
        switch request.method {
        case "GET": break
        case "DELETE": state.withLock { $0.faults.clear() }
        case "POST":
            guard case .complete(let body) = request.body, let json = JSON(parsing: body) else {
                return Self.unreadable
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
