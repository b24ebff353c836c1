// Wix's two endpoints: a token for every event, and Submit Event (spec §6). Called by the router with
// the state locked, so that events are judged, recorded and written in one order.

import FastCGI
import FoundationEssentials
import Logging

extension Emulator {
    func token(
        _ request: Request, _ body: [UInt8], _ now: Date, _ fault: FaultRule?, _ state: inout State
    ) -> Reply {
        let (status, problems) = app.check(contentType: request.parameters["CONTENT_TYPE"], body: body)
        let genuine: Reply
        if problems.isEmpty {
            let token = state.tokens.issue(now: Int64(now.timeIntervalSince1970))
            genuine = .json(200, ["refresh_token": .null, "access_token": .string(token)])
        } else {
            logger.warning("token refused", metadata: ["problems": "\(problems)"])
            genuine = .wixError(status, code: status == 401 ? "UNAUTHENTICATED" : "INVALID_ARGUMENT", problems)
        }
        let reply = fault?.reply(insteadOf: genuine) ?? genuine
        state.tokenLog.append(
            TokenRecord(
                time: now, status: reply.response.status, problems: problems.map(\.description),
                fault: fault?.description))
        return reply
    }

    func event(
        _ request: Request, _ body: [UInt8], _ now: Date, _ fault: FaultRule?, _ state: inout State
    ) -> Reply {
        var problems: [Problem] = []
        var genuine = Reply.json(200, [:])
        // A fault usually stands for a Wix that never saw the call: neither token nor event count then.
        if fault == nil || fault?.kind == .stall || fault?.received == true {
            let refused = state.tokens.spend(
                request.parameters["HTTP_AUTHORIZATION"], now: Int64(now.timeIntervalSince1970))
            problems = (refused.map { [$0] } ?? []) + Self.headerProblems(request)
            switch EventCheck.read(body) {
            case .failure(let refusal): problems += refusal.problems
            case .success(let event):
                if problems.isEmpty {
                    problems = state.ledger.receive(event)
                }
            }
            if !problems.isEmpty {
                state.ledger.refuse(problems, of: EventCheck.wixTransactionId(in: body))
                genuine =
                    refused == nil
                    ? .wixError(400, code: "INVALID_ARGUMENT", problems)
                    : .wixError(401, code: "UNAUTHENTICATED", problems)
            }
        }
        let reply = fault?.reply(insteadOf: genuine) ?? genuine
        keep(
            EventRecord(
                time: now, path: request.path, status: reply.response.status,
                userAgent: request.parameters["HTTP_USER_AGENT"],
                token: EventRecord.fingerprint(request.parameters["HTTP_AUTHORIZATION"]),
                requestId: request.parameters["HTTP_X_REQUEST_ID"] ?? request.parameters["REQUEST_ID"],
                body: String(decoding: body, as: UTF8.self), problems: problems.map(\.description),
                fault: fault?.description, wixTransactionId: EventCheck.wixTransactionId(in: body)), in: &state)
        return reply
    }

    private static func headerProblems(_ request: Request) -> [Problem] {
        var problems: [Problem] = []
        if !isJSON(request.parameters["CONTENT_TYPE"]) {
            problems.append(Problem("Content-Type", "must be application/json"))
        }
        // `{PSP}/{version}`, for example banana-pay/1.0.0 (spec §6.2).
        let agent = (request.parameters["HTTP_USER_AGENT"] ?? "").split(
            separator: "/", omittingEmptySubsequences: false)
        if agent.count != 2 || agent.contains(where: { $0.isEmpty || $0.contains(" ") }) {
            problems.append(Problem("User-Agent", "must have the form name/version"))
        }
        return problems
    }

    private func keep(_ record: EventRecord, in state: inout State) {
        state.log.append(record)
        if !record.problems.isEmpty {
            logger.warning("event refused", metadata: ["problems": "\(record.problems)"])
        }
        if let file = self.record, !file.append(record.json) {
            logger.error("the record file could not be written")
        }
    }
}
