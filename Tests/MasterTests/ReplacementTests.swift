// Replacing all children, as transcripts: what happened, and what is to be done.

import Testing

@testable import Master

@Suite("Replacement")
struct ReplacementTests {
    static let worker = PoolMachineTests.worker
    static let courier = PoolMachineTests.courier
    static let newWorker = Child(name: "worker 1", arguments: ["new"], getsSocket: true, stopsLast: false)
    static let newCourier = Child(name: "courier", arguments: ["new"], getsSocket: false, stopsLast: true)

    /// A worker in slot 0 and the courier in slot 1, ready, with pids 100 and 101.
    private func running() -> PoolMachine {
        var machine = PoolMachine(children: [Self.worker, Self.courier], graceSeconds: 2)
        _ = machine.start()
        for slot in 0...1 {
            _ = machine.handle(.started(slot, pid: Int32(100 + slot)))
            _ = machine.handle(.ready(slot))
        }
        return machine
    }

    /// The same after a replacement was asked for: the new ones in slots 2 and 3.
    private func replacing() -> PoolMachine {
        var machine = running()
        _ = machine.handle(.replaceAsked([Self.newWorker, Self.newCourier], graceSeconds: 5))
        return machine
    }

    @Test("The new children are started while the old ones go on")
    func begin() {
        var machine = running()
        #expect(
            machine.handle(.replaceAsked([Self.newWorker, Self.newCourier], graceSeconds: 5)) == [
                .start(2, Self.newWorker), .start(3, Self.newCourier), .wait(.joinOver(1), seconds: 30),
            ])
    }

    @Test("The old ones are retired when all of the new ones are ready, and not before")
    func retire() {
        var machine = replacing()
        #expect(machine.handle(.ready(2)) == [])
        #expect(
            machine.handle(.ready(3)) == [
                .report(.replaced), .retire(0), .retire(1), .wait(.leaveOver(0), seconds: 60),
            ])
        #expect(machine.handle(.due(.joinOver(1))) == [])
    }

    @Test("A retired child that ends is not started again; one of the new ones is")
    func ends() {
        var machine = replacing()
        _ = machine.handle(.ready(2))
        _ = machine.handle(.ready(3))
        #expect(
            machine.handle(.ended(0, .exited(0), ranSeconds: 9)) == [
                .report(.ended(Self.worker, pid: 100, .exited(0), ranSeconds: 9, restartInSeconds: nil))
            ])
        #expect(machine.handle(.ended(2, .exited(1), ranSeconds: 9)).last == .wait(.restart(2), seconds: 0.1))
        #expect(machine.handle(.due(.restart(2))) == [.start(2, Self.newWorker)])
    }

    @Test("A retired child that does not end in time is killed")
    func late() {
        var machine = replacing()
        _ = machine.handle(.ready(2))
        _ = machine.handle(.ready(3))
        _ = machine.handle(.ended(1, .exited(0), ranSeconds: 9))
        #expect(
            machine.handle(.due(.leaveOver(0))) == [.report(.notStoppedInTime(Self.worker, pid: 100)), .kill(0)])
    }

    @Test("A new child that ends before it is ready: the new ones are given up, the old ones stay")
    func fails() {
        var machine = replacing()
        _ = machine.handle(.started(2, pid: 200))
        #expect(
            machine.handle(.ended(2, .exited(1), ranSeconds: 0)) == [
                .report(.ended(Self.newWorker, pid: 200, .exited(1), ranSeconds: 0, restartInSeconds: nil)),
                .report(.notReplaced("worker 1 exited with status 1")), .retire(3),
                .wait(.leaveOver(1), seconds: 60),
            ])
        #expect(machine.handle(.ready(3)) == [])
        #expect(machine.handle(.ended(0, .exited(1), ranSeconds: 9)).last == .wait(.restart(0), seconds: 0.1))
    }

    @Test("New children that are not ready in time are given up")
    func slow() {
        var machine = replacing()
        _ = machine.handle(.ready(2))
        let actions = machine.handle(.due(.joinOver(1)))
        #expect(actions.first == .report(.notReplaced("they were not ready in time")))
        #expect(actions.contains(.retire(2)) && actions.contains(.retire(3)) && !actions.contains(.retire(0)))
    }

    @Test("An old child that ends meanwhile is started again, and retired like the others")
    func oldOneEnds() {
        var machine = replacing()
        _ = machine.handle(.ended(0, .exited(1), ranSeconds: 9))
        #expect(machine.handle(.due(.restart(0))) == [.start(0, Self.worker)])
        _ = machine.handle(.ready(2))
        #expect(machine.handle(.ready(3)).contains(.retire(0)))
    }

    @Test("An old child that waits for its restart is not started any more once it is replaced")
    func oldOneWaits() {
        var machine = replacing()
        _ = machine.handle(.ended(0, .exited(1), ranSeconds: 9))
        _ = machine.handle(.ready(2))
        #expect(!machine.handle(.ready(3)).contains(.retire(0)))
        #expect(machine.handle(.due(.restart(0))) == [])
    }

    @Test("Of replacements asked for during one, the latest begins after it")
    func twice() {
        var machine = replacing()
        let third = Child(name: "worker 1", arguments: ["third"], getsSocket: true, stopsLast: false)
        #expect(machine.handle(.replaceAsked([Self.newWorker], graceSeconds: 5)) == [])
        #expect(machine.handle(.replaceAsked([third], graceSeconds: 5)) == [])
        _ = machine.handle(.ready(2))
        #expect(machine.handle(.ready(3)).suffix(2) == [.start(4, third), .wait(.joinOver(2), seconds: 30)])
    }

    @Test("A stop during a replacement ends old and new, workers first, with no replacement after it")
    func stop() {
        var machine = replacing()
        _ = machine.handle(.replaceAsked([Self.newWorker], graceSeconds: 5))
        #expect(
            machine.handle(.stopAsked) == [
                .report(.stopping), .terminate(0), .terminate(2), .wait(.graceOver, seconds: 2),
                .wait(.killAll, seconds: 3),
            ])
        #expect(machine.handle(.ready(2)) == [])
        _ = machine.handle(.ended(0, .exited(0), ranSeconds: 9))
        #expect(machine.handle(.ended(2, .exited(0), ranSeconds: 9)).suffix(2) == [.terminate(1), .terminate(3)])
        _ = machine.handle(.ended(1, .exited(0), ranSeconds: 9))
        #expect(machine.handle(.ended(3, .exited(0), ranSeconds: 9)).last == .finish)
        #expect(machine.handle(.replaceAsked([Self.newWorker], graceSeconds: 5)) == [])
    }

    @Test("After a replacement the new grace is the one that counts")
    func grace() {
        var machine = replacing()
        _ = machine.handle(.ready(2))
        _ = machine.handle(.ready(3))
        #expect(machine.handle(.stopAsked).contains(.wait(.graceOver, seconds: 5)))
    }
}
