// The rules of the process pool as a state machine: what happened goes in, what to do comes out. No I/O, no clock.
// Run by `ProcessPool`.

/// Keeps children running, and stops them in order.
struct PoolMachine {
    /// After the grace, the time before what still runs is killed.
    static let killMarginSeconds = 1.0

    /// Names one place in the pool; a child that is started again keeps its place.
    typealias Slot = Int

    /// What happened.
    enum Event: Sendable, Equatable {
        case started(Slot, pid: Int32)
        case ended(Slot, Ending, ranSeconds: Double)
        case due(Timer)
        /// The pool is to stop. More than one changes nothing.
        case stopAsked
    }

    /// What was waited for.
    enum Timer: Sendable, Hashable {
        case restart(Slot)
        /// Workers had their time: the courier is next.
        case graceOver
        /// Everybody had their time.
        case killAll
    }

    /// What to do.
    enum Action: Equatable {
        case start(Slot, Child)
        case terminate(Slot)
        case kill(Slot)
        case wait(Timer, seconds: Double)
        case report(Report)
        /// Nothing runs any more and nothing will.
        case finish
    }

    /// What an operator should know.
    enum Report: Equatable {
        case started(Child, pid: Int32)
        /// Every child has been started once.
        case allStarted
        case ended(Child, pid: Int32?, Ending, ranSeconds: Double, restartInSeconds: Double?)
        case stopping
        case notStoppedInTime(Child, pid: Int32?)
    }

    private struct Place {
        let child: Child
        var policy = RestartPolicy()
        var state = State.idle
        var pid: Int32?

        enum State { case idle, running, waiting }
        var isRunning: Bool { state == .running }
    }

    private var places: [Place]
    private let graceSeconds: Double
    private var isStopping = false
    private var lastOnesTold = false
    private var notYetStarted: Set<Slot>

    init(children: [Child], graceSeconds: Double) {
        precondition(!children.isEmpty, "a pool without children")
        places = children.map { Place(child: $0) }
        notYetStarted = Set(places.indices)
        self.graceSeconds = graceSeconds
    }

    /// The first actions.
    mutating func start() -> [Action] {
        places.indices.map { begin($0) }
    }

    /// The actions that an event asks for.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .started(let slot, let pid): started(slot, pid: pid)
        case .ended(let slot, let ending, let ranSeconds): ended(slot, ending, ranSeconds: ranSeconds)
        case .stopAsked: stop()
        case .due(.restart(let slot)): places[slot].state == .waiting ? [begin(slot)] : []
        case .due(.graceOver): tellTheLast()
        case .due(.killAll):
            running().flatMap { slot in
                [.report(.notStoppedInTime(places[slot].child, pid: places[slot].pid)), .kill(slot)]
            }
        }
    }

    private mutating func begin(_ slot: Slot) -> Action {
        places[slot].state = .running
        places[slot].pid = nil
        return .start(slot, places[slot].child)
    }

    private mutating func started(_ slot: Slot, pid: Int32) -> [Action] {
        places[slot].pid = pid
        let report = Action.report(.started(places[slot].child, pid: pid))
        let wasLast = notYetStarted.remove(slot) != nil && notYetStarted.isEmpty
        return wasLast ? [report, .report(.allStarted)] : [report]
    }

    private mutating func ended(_ slot: Slot, _ ending: Ending, ranSeconds: Double) -> [Action] {
        let place = places[slot]
        guard isStopping else {
            let delay = places[slot].policy.delaySeconds(afterRunning: ranSeconds)
            places[slot].state = .waiting
            return [
                .report(.ended(place.child, pid: place.pid, ending, ranSeconds: ranSeconds, restartInSeconds: delay)),
                .wait(.restart(slot), seconds: delay),
            ]
        }
        places[slot].state = .idle
        let report = Action.report(
            .ended(place.child, pid: place.pid, ending, ranSeconds: ranSeconds, restartInSeconds: nil)
        )
        return [report] + next()
    }

    private mutating func stop() -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        for slot in places.indices where places[slot].state == .waiting { places[slot].state = .idle }
        let timers: [Action] = [
            .wait(.graceOver, seconds: graceSeconds),
            .wait(.killAll, seconds: graceSeconds + Self.killMarginSeconds),
        ]
        let first = running().filter { !places[$0].child.stopsLast }.map(Action.terminate)
        return [.report(.stopping)] + first + timers + next()
    }

    /// Once stopping: the last ones' turn when the others are gone, the end when all are.
    private mutating func next() -> [Action] {
        if running().isEmpty { return [.finish] }
        return running().allSatisfy { places[$0].child.stopsLast } ? tellTheLast() : []
    }

    private mutating func tellTheLast() -> [Action] {
        guard !lastOnesTold else { return [] }
        lastOnesTold = true
        return running().filter { places[$0].child.stopsLast }.map(Action.terminate)
    }

    private func running() -> [Slot] {
        places.indices.filter { places[$0].isRunning }
    }
}
