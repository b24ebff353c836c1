// A run for programs.

extension Check {
    /// What it checks.
    public var json: JSON {
        [
            "id": .string(id), "family": .string(family), "severity": .string(severity.rawValue), "rule": .string(rule),
            "source": .string(source), "wix": .string(consequence),
        ]
    }
}

extension CheckReport {
    /// One object: the numbers, and each check with how it ended; `evidence` for those that failed.
    public var json: JSON {
        var members: [String: JSON] = [
            "psp": .string(psp), "started": .string(started), "seconds": .number((seconds * 10).rounded() / 10),
            "passes": .bool(passes), "total": .integer(Int64(results.count)),
            "passed": .integer(Int64(count(.passed))), "failed": .integer(Int64(count(.failed, .must))),
            "warnings": .integer(Int64(count(.failed, .should))), "skipped": .integer(Int64(count(.skipped))),
            "errors": .integer(Int64(count(.error))), "checks": .array(results.map(\.json)),
        ]
        members["wix"] = wix.map(JSON.string)
        return .object(members)
    }
}

extension CheckResult {
    fileprivate var json: JSON {
        var members = check.json.members ?? [:]
        members["status"] = .string(status.rawValue)
        members["milliseconds"] = .integer(Int64(milliseconds.rounded()))
        members["detail"] = detail.map(JSON.string)
        if !evidence.isEmpty { members["evidence"] = .array(evidence) }
        return .object(members)
    }
}
