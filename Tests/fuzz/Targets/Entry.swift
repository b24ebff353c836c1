// Where libFuzzer is started, and what it calls with each input that it makes up. Built by Tests/fuzz/run alone.

import Glibc

/// One part of the program with the rules that hold for whatever comes.
protocol FuzzTarget: Sendable {
    /// Ends the process when a rule does not hold for `input`.
    func check(_ input: [UInt8])
}

/// Ends the process, which libFuzzer reports with the input, unless `rule` holds.
func rule(_ name: String, _ holds: @autoclosure () -> Bool) {
    guard holds() else { fatalError("broken rule: \(name)") }
}

extension String {
    /// Whether both are the same bytes: == takes two spellings of an accented letter for one.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

/// The target that FUZZ_TARGET names. Made once, with whatever it reads at its start. In the environment, because
/// libFuzzer starts itself again, with its own arguments, to make an input smaller.
private let target: any FuzzTarget = {
    switch getenv("FUZZ_TARGET").map({ String(cString: $0) }) {
    case "digest": DigestTarget()
    case "requests": RequestsTarget()
    case "notifications": NotificationsTarget()
    case "parameters": ParametersTarget()
    default: fatalError("FUZZ_TARGET is not one of digest, requests, notifications, parameters")
    }
}()

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// libFuzzer has a main function of its own, but Swift's package manager asks for one in the executable.
@main
enum Fuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runDriver(&count, &arguments, fuzzOneInput))
    }
}
