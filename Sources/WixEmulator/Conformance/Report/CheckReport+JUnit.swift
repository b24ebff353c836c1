// A run as JUnit XML, which CI systems show: a suite a family, a case a check. A warning is a failure of type "should",
// which the exit status leaves out.

extension CheckReport {
    /// The document.
    public func junit() -> String {
        var families: [String] = []
        for result in results where !families.contains(result.check.family) { families.append(result.check.family) }
        let suites = families.map { family in
            Self.suite(family, results.filter { $0.check.family == family }, started: started)
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="wix-emulator check"\(Self.counts(results)) time="\(Self.seconds(seconds * 1_000))">
            \(suites.joined(separator: "\n"))
            </testsuites>

            """
    }

    private static func suite(_ name: String, _ results: [CheckResult], started: String) -> String {
        let time = seconds(results.reduce(0) { $0 + $1.milliseconds })
        let head =
            "<testsuite name=\"\(escaped(name))\"\(counts(results)) time=\"\(time)\" timestamp=\"\(escaped(started))\">"
        return ([head] + results.map(testCase) + ["</testsuite>"]).joined(separator: "\n")
    }

    private static func testCase(_ result: CheckResult) -> String {
        let check = result.check
        let head =
            "<testcase classname=\"\(escaped(check.family))\" name=\"\(escaped(check.id))\" time=\"\(seconds(result.milliseconds))\""
        let detail = escaped(result.detail ?? "")
        switch result.status {
        case .passed: return head + "/>"
        case .skipped: return head + "><skipped message=\"\(detail)\"/></testcase>"
        case .failed, .error:
            let tag = result.status == .failed ? "failure" : "error"
            let type = check.severity.rawValue
            return head
                + "><\(tag) type=\"\(type)\" message=\"\(detail)\">\(escaped(result.finding()))</\(tag)></testcase>"
        }
    }

    private static func counts(_ results: [CheckResult]) -> String {
        func count(_ status: CheckResult.Status) -> Int { results.count { $0.status == status } }
        return " tests=\"\(results.count)\" failures=\"\(count(.failed))\" errors=\"\(count(.error))\""
            + " skipped=\"\(count(.skipped))\""
    }

    /// Milliseconds as seconds with three digits.
    private static func seconds(_ milliseconds: Double) -> String {
        let whole = Int(milliseconds.rounded())
        let fraction = "\(whole % 1_000)"
        return "\(whole / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    /// As text and attribute values; what XML can't hold becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
