// A run for people: a line a check while it runs, then what failed, with the evidence.

import FoundationEssentials

extension CheckResult {
    /// One line: how it ended, id, rule; for a check that did not pass the reason follows on a second one.
    public func line(number: Int, of total: Int) -> String {
        let width = "\(total)".count
        let place = String(repeating: " ", count: width - "\(number)".count) + "\(number)"
        let word: String =
            switch status {
            case .passed: "ok   "
            case .failed: check.severity == .must ? "FAIL " : "warn "
            case .skipped: "skip "
            case .error: "ERROR"
            }
        let first = "[\(place)/\(total)] \(word) \(check.id)  \(check.rule)"
        guard let detail, status != .passed else { return first }
        return first + "\n" + String(repeating: " ", count: width * 2 + 4) + "      " + detail
    }

    /// All about a check that failed.
    func finding() -> String {
        let evidence = evidence.suffix(Self.evidenceShown)
        var lines = [
            "\(status == .error ? "ERROR" : check.severity == .must ? "FAIL" : "warn")  \(check.id)  (\(check.severity.rawValue))",
            "  rule   \(check.rule) [\(check.source)]", "  found  \(detail ?? "")", "  Wix    \(check.consequence)",
        ]
        for piece in evidence { lines += Self.lines(of: piece) }
        return lines.joined(separator: "\n")
    }

    private static let evidenceShown = 4

    private static func lines(of piece: JSON) -> [String] {
        if case .array(let events)? = piece["events"] {
            if events.isEmpty { return ["  came   no event of payment \(piece["wixTransactionId"]?.text ?? "")"] }
            return events.map {
                "  event  \($0["time"]?.text ?? "") HTTP \($0["status"]?.line() ?? "") " + shown($0["body"])
            }
        }
        guard let sent = piece["sent"], let came = piece["came"] else { return ["  event  " + shown(piece)] }
        let digest = sent["digest"]?.text.map { ", Digest: \($0.prefix(digestCharactersShown))" } ?? ""
        var lines = ["  sent   \(sent["method"]?.text ?? "") \(sent["url"]?.text ?? "")\(digest)"]
        if let body = sent["body"], body != .null { lines.append("         " + shown(body)) }
        let status = came["status"].flatMap(\.integer).map { "HTTP \($0)" } ?? "nothing: \(came["error"]?.text ?? "")"
        lines.append("  came   \(status)" + (came["milliseconds"].map { ", \($0.line()) ms" } ?? ""))
        if let body = came["body"] { lines.append("         " + shown(body)) }
        return lines
    }

    private static let digestCharactersShown = 60
    private static let charactersShown = 2_000

    private static func shown(_ value: JSON?) -> String {
        guard let value else { return "" }
        let text = value.text ?? value.pretty()
        return text.prefix(charactersShown).split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n         ")
    }
}

extension CheckReport {
    /// What failed, then the numbers.
    public func text() -> String {
        let findings = results.filter { $0.status == .failed || $0.status == .error }.map { $0.finding() }
        return (findings + [summary]).joined(separator: "\n\n")
    }

    /// The numbers, in one line.
    public var summary: String {
        "\(results.count) checks of \(psp) in \(Int(seconds.rounded())) s: \(count(.passed)) passed, "
            + "\(count(.failed, .must)) failed, \(count(.failed, .should)) warnings, \(count(.skipped)) skipped"
            + (count(.error) > 0 ? ", \(count(.error)) could not be run" : "")
    }
}
