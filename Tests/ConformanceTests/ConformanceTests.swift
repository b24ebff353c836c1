// The suite itself is tested: on a PSP that keeps all rules it finds nothing, and on one that breaks a single rule it
// finds that, and nothing else.

import Foundation
import Logging
import RequestDigest
import Testing

@testable import WixEmulator

@Suite("The conformance suite")
struct ConformanceTests {
    @Test("A PSP that keeps all rules passes every check, over HTTP, however much the emulator has seen before")
    func flawless() async throws {
        let report = try await Bench.runOverHTTP(bytesBefore: 2 * Caller.answerBytesMax)
        #expect(report.problems == [])
        #expect(report.results.count == Check.all.count)
        #expect(report.passes)
    }

    @Test("A defect turns its checks red, and no others", arguments: Defect.chosen)
    func defect(_ defect: Defect) async throws {
        let report = try await Bench.run(defect)
        let red = Set(report.results.filter { $0.status != .passed && $0.status != .skipped }.map(\.check.id))
        #expect(red == defect.red, "\(report.problems.joined(separator: "\n"))")
    }

    @Test("A PSP that has every payment decided on its page is tested as well as any")
    func pages() async throws {
        let report = try await Bench.run(.redirectsEveryPayment)
        #expect(report.problems == [])
    }

    @Test("Every check is found by some defect")
    func coverage() {
        let found = Defect.allCases.reduce(into: Set<String>()) { $0.formUnion($1.red) }
        #expect(Check.all.map(\.id).filter { !found.contains($0) } == [])
        #expect(found.subtracting(Check.all.map(\.id)) == [])
    }
}
