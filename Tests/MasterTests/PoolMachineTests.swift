// The pool's rules, as transcripts: what happened, and what is to be done.

import Testing

@testable import Master

@Suite("Pool machine")
struct PoolMachineTests {
    static let worker = Child(name: "worker 1", arguments: ["worker"], getsSocket: true, stopsLast: false)
    static let second = Child(name: "worker 2", arguments: ["worker"], getsSocket: true, stopsLast: false)
    static let courier = Child(name: "courier", arguments: ["courier"], getsSocket: false, stopsLast: true)

    /// Worker 1 in slot 0, worker 2 in slot 1, the courier in slot 2, all running with pids 100, 101, 102.
    private func running() -> PoolMachine {
        var machine = PoolMachine(children: [Self.worker, Self.second, Self.courier], graceSeconds: 2)
        _ = machine.start()
        for slot in 0...2 { _ = machine.handle(.started(slot, pid: Int32(100 + slot))) }
        return machine
    }

    @Test("At the start every child is started")
    func start() {
        var machine = PoolMachine(children: [Self.worker, Self.courier], graceSeconds: 2)
        #expect(machine.start() == [.start(0, Self.worker), .start(1, Self.courier)])
    }

    @Test("The pool is ready when every child has said that it is, and says so once")
    func ready() {
        var machine = PoolMachine(children: [Self.worker, Self.courier], graceSeconds: 2)
        _ = machine.start()
        #expect(machine.handle(.started(1, pid: 7)) == [.report(.started(Self.courier, pid: 7))])
        #expect(machine.handle(.ready(1)) == [])
        #expect(machine.handle(.started(0, pid: 8)) == [.report(.started(Self.worker, pid: 8))])
        #expect(machine.handle(.ready(0)) == [.report(.allReady)])
        _ = machine.handle(.ended(0, .exited(1), ranSeconds: 0))
        _ = machine.handle(.due(.restart(0)))
        #expect(machine.handle(.ready(0)) == [])
    }

    @Test("A child that ends is started again after its delay")
    func restart() {
        var machine = running()
        #expect(
            machine.handle(.ended(1, .killed(signal: 11), ranSeconds: 3)) == [
                .report(
                    .ended(Self.second, pid: 101, .killed(signal: 11), ranSeconds: 3, restartInSeconds: 0.1)
                ),
                .wait(.restart(1), seconds: 0.1),
            ]
        )
        #expect(machine.handle(.due(.restart(1))) == [.start(1, Self.second)])
    }

    @Test("A child that can't be started is tried again")
    func notStarted() {
        var machine = PoolMachine(children: [Self.worker], graceSeconds: 2)
        _ = machine.start()
        let actions = machine.handle(.ended(0, .notStarted("no memory"), ranSeconds: 0))
        #expect(actions.last == .wait(.restart(0), seconds: 0.1))
    }

    @Test("Asked to stop, workers are told first, and the courier when the last of them has ended")
    func stopInOrder() {
        var machine = running()
        #expect(
            machine.handle(.stopAsked) == [
                .report(.stopping), .terminate(0), .terminate(1),
                .wait(.graceOver, seconds: 2), .wait(.killAll, seconds: 3),
            ]
        )
        #expect(!machine.handle(.ended(0, .exited(0), ranSeconds: 9)).contains(.terminate(2)))
        #expect(machine.handle(.ended(1, .exited(0), ranSeconds: 9)).last == .terminate(2))
        #expect(machine.handle(.ended(2, .exited(0), ranSeconds: 9)).last == .finish)
    }

    @Test("When the grace is over, the courier is told although a worker still runs")
    func graceOver() {
        var machine = running()
        _ = machine.handle(.stopAsked)
        _ = machine.handle(.ended(0, .exited(0), ranSeconds: 9))
        #expect(machine.handle(.due(.graceOver)) == [.terminate(2)])
        #expect(!machine.handle(.ended(1, .exited(0), ranSeconds: 9)).contains(.terminate(2)), "told twice")
    }

    @Test("What still runs a second after the grace is killed")
    func kill() {
        var machine = running()
        _ = machine.handle(.stopAsked)
        _ = machine.handle(.ended(0, .exited(0), ranSeconds: 9))
        _ = machine.handle(.due(.graceOver))
        #expect(
            machine.handle(.due(.killAll)) == [
                .report(.notStoppedInTime(Self.second, pid: 101)), .kill(1),
                .report(.notStoppedInTime(Self.courier, pid: 102)), .kill(2),
            ]
        )
    }

    @Test("A child that waits for its restart is not started any more after a stop")
    func stopWhileWaiting() {
        var machine = running()
        _ = machine.handle(.ended(0, .exited(1), ranSeconds: 1))
        #expect(!machine.handle(.stopAsked).contains(.terminate(0)))
        #expect(machine.handle(.due(.restart(0))) == [])
    }

    @Test("A pool whose children are all between two lives stops at once")
    func stopWithNobodyRunning() {
        var machine = PoolMachine(children: [Self.worker], graceSeconds: 2)
        _ = machine.start()
        _ = machine.handle(.ended(0, .exited(1), ranSeconds: 0))
        #expect(machine.handle(.stopAsked).last == .finish)
    }

    @Test("Without workers left the courier is told at once")
    func stopTheLastAlone() {
        var machine = PoolMachine(children: [Self.courier], graceSeconds: 2)
        _ = machine.start()
        #expect(machine.handle(.stopAsked).contains(.terminate(0)))
    }

    @Test("A second stop changes nothing")
    func stopTwice() {
        var machine = running()
        _ = machine.handle(.stopAsked)
        #expect(machine.handle(.stopAsked) == [])
    }
}
