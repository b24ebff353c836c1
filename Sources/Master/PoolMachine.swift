// The rules of the process pool as a state machine: what happened goes in, what to do comes out. No I/O, no clock.
// Run by `ProcessPool`.

/// Keeps children running, replaces them by others without a gap, and stops them in order.
struct PoolMachine {
    /// After the grace, the time before what still runs is killed.
    static let killMarginSeconds = 1.0
    /// How long new children have until all of them are ready; after it the old ones stay.
    static let joinSecondsMax = 30.0
    /// How long replaced children have to finish what they began: longer than nginx waits for any answer (40 s).
    static let leaveSecondsMax = 60.0

    /// Names one place in the pool; a child that is started again keeps its place.
    typealias Slot = Int
    /// Counts the sets of children that the pool was given.
    typealias Generation = Int

    /// What happened.
    enum Event: Sendable, Equatable {
        case started(Slot, pid: Int32)
        /// The child says that it does its work.
        case ready(Slot)
        case ended(Slot, Ending, ranSeconds: Double)
        case due(Timer)
        /// These are to take the place of all that run. During a replacement the latest waits for its turn.
        case replaceAsked([Child], graceSeconds: Double)
        /// The pool is to stop. More than one changes nothing.
        case stopAsked
    }

    /// What was waited for.
    enum Timer: Sendable, Hashable {
        case restart(Slot)
        /// The new children had their time to get ready.
        case joinOver(Generation)
        /// Those that were told to finish had their time.
        case leaveOver(Generation)
        /// Workers had their time: the courier is next.
        case graceOver
        /// Everybody had their time.
        case killAll
    }

    /// What to do.
    enum Action: Equatable {
        case start(Slot, Child)
        case terminate(Slot)
        /// To take nothing new, finish all that was begun, and end.
        case retire(Slot)
        case kill(Slot)
        case wait(Timer, seconds: Double)
        case report(Report)
        /// Nothing runs any more and nothing will.
        case finish
    }

    /// What an operator should know.
    enum Report: Equatable {
        case started(Child, pid: Int32)
        /// Every child has been ready once.
        case allReady
        /// The new children serve; the old ones finish.
        case replaced
        /// The new children were given up; the old ones go on.
        case notReplaced(String)
        case ended(Child, pid: Int32?, Ending, ranSeconds: Double, restartInSeconds: Double?)
        case stopping
        case notStoppedInTime(Child, pid: Int32?)
    }

    private struct Place {
        let child: Child
        let generation: Generation
        var policy = RestartPolicy()
        var state = State.idle
        var pid: Int32?
        var isReady = false
        /// Told to end for good.
        var isLeaving = false

        enum State { case idle, running, waiting }
        var isRunning: Bool { state == .running }
    }

    private var places: [Slot: Place] = [:]
    private var nextSlot = 0
    private var graceSeconds: Double
    private var isStopping = false
    private var lastOnesTold = false
    private var wasReady = false
    /// Of the children that serve.
    private var serving: Generation = 0
    /// Of those that are to replace them, until they are ready.
    private var joining: (generation: Generation, graceSeconds: Double)?
    private var latestGeneration: Generation = 0
    private var nextReplacement: (children: [Child], graceSeconds: Double)?

    init(children: [Child], graceSeconds: Double) {
        self.graceSeconds = graceSeconds
        add(children)
    }

    /// The first actions.
    mutating func start() -> [Action] {
        slots { $0.generation == serving }.map { begin($0) }
    }

    /// The actions that an event asks for.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .started(let slot, let pid): started(slot, pid: pid)
        case .ready(let slot): ready(slot)
        case .ended(let slot, let ending, let ranSeconds): ended(slot, ending, ranSeconds: ranSeconds)
        case .replaceAsked(let children, let graceSeconds): replace(children, graceSeconds)
        case .stopAsked: stop()
        case .due(.restart(let slot)): places[slot]?.state == .waiting ? [begin(slot)] : []
        case .due(.joinOver(let generation)):
            joining?.generation == generation ? giveUpJoining("they were not ready in time") : []
        case .due(.leaveOver(let generation)): isStopping ? [] : killAll { $0.isLeaving && $0.generation == generation }
        case .due(.graceOver): tellTheLast()
        case .due(.killAll): killAll { _ in true }
        }
    }

    // MARK: Lives

    private mutating func add(_ children: [Child]) {
        precondition(!children.isEmpty, "a pool without children")
        for child in children {
            places[nextSlot] = Place(child: child, generation: latestGeneration)
            nextSlot += 1
        }
    }

    private mutating func begin(_ slot: Slot) -> Action {
        guard let child = places[slot]?.child else { preconditionFailure("no place \(slot)") }
        places[slot]?.state = .running
        places[slot]?.pid = nil
        return .start(slot, child)
    }

    private mutating func started(_ slot: Slot, pid: Int32) -> [Action] {
        guard let child = places[slot]?.child else { return [] }
        places[slot]?.pid = pid
        return [.report(.started(child, pid: pid))]
    }

    private mutating func ready(_ slot: Slot) -> [Action] {
        places[slot]?.isReady = true
        guard !isStopping else { return [] }
        if let joining { return areReady(joining.generation) ? finishJoining(joining) : [] }
        guard !wasReady, areReady(serving) else { return [] }
        wasReady = true
        return [.report(.allReady)]
    }

    private mutating func ended(_ slot: Slot, _ ending: Ending, ranSeconds: Double) -> [Action] {
        guard let place = places[slot] else { return [] }
        func report(restartInSeconds: Double?) -> Action {
            .report(
                .ended(place.child, pid: place.pid, ending, ranSeconds: ranSeconds, restartInSeconds: restartInSeconds))
        }
        if isStopping || place.isLeaving {
            places[slot] = nil
            return [report(restartInSeconds: nil)] + (isStopping ? next() : [])
        }
        if let joining, joining.generation == place.generation, !place.isReady {
            places[slot] = nil
            return [report(restartInSeconds: nil)] + giveUpJoining("\(place.child.name) \(ending)")
        }
        let delay = places[slot]?.policy.delaySeconds(afterRunning: ranSeconds) ?? 0
        places[slot]?.state = .waiting
        return [report(restartInSeconds: delay), .wait(.restart(slot), seconds: delay)]
    }

    // MARK: Replacement

    private mutating func replace(_ children: [Child], _ graceSeconds: Double) -> [Action] {
        guard !isStopping else { return [] }
        guard joining == nil else {
            nextReplacement = (children, graceSeconds)
            return []
        }
        latestGeneration += 1
        joining = (latestGeneration, graceSeconds)
        add(children)
        let generation = latestGeneration
        return slots { $0.generation == generation }.map { begin($0) }
            + [.wait(.joinOver(generation), seconds: Self.joinSecondsMax)]
    }

    private mutating func finishJoining(_ joined: (generation: Generation, graceSeconds: Double)) -> [Action] {
        let old = serving
        serving = joined.generation
        graceSeconds = joined.graceSeconds
        // They may not have been ready themselves: the new ones are.
        wasReady = true
        return [.report(.replaced)] + leave(old) + goOn()
    }

    private mutating func giveUpJoining(_ reason: String) -> [Action] {
        guard let generation = joining?.generation else { return [] }
        return [.report(.notReplaced(reason))] + leave(generation) + goOn()
    }

    private mutating func leave(_ generation: Generation) -> [Action] {
        let leaving = slots { $0.generation == generation && !$0.isLeaving }
        for slot in leaving { places[slot]?.isLeaving = true }
        let running = leaving.filter { places[$0]?.isRunning == true }
        for slot in leaving where !running.contains(slot) { places[slot] = nil }
        guard !running.isEmpty else { return [] }
        return running.map(Action.retire) + [.wait(.leaveOver(generation), seconds: Self.leaveSecondsMax)]
    }

    /// After one replacement: the one that was asked for meanwhile.
    private mutating func goOn() -> [Action] {
        joining = nil
        guard let next = nextReplacement else { return [] }
        nextReplacement = nil
        return replace(next.children, next.graceSeconds)
    }

    // MARK: Stop

    private mutating func stop() -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        joining = nil
        nextReplacement = nil
        for slot in slots(where: { !$0.isRunning }) { places[slot] = nil }
        let timers: [Action] = [
            .wait(.graceOver, seconds: graceSeconds),
            .wait(.killAll, seconds: graceSeconds + Self.killMarginSeconds),
        ]
        let first = slots { !$0.child.stopsLast }.map(Action.terminate)
        return [.report(.stopping)] + first + timers + next()
    }

    /// Once stopping: the last ones' turn when the others are gone, the end when all are.
    private mutating func next() -> [Action] {
        if places.isEmpty { return [.finish] }
        return places.values.allSatisfy(\.child.stopsLast) ? tellTheLast() : []
    }

    private mutating func tellTheLast() -> [Action] {
        guard !lastOnesTold else { return [] }
        lastOnesTold = true
        return slots { $0.isRunning && $0.child.stopsLast }.map(Action.terminate)
    }

    private func killAll(where isMeant: (Place) -> Bool) -> [Action] {
        slots { $0.isRunning && isMeant($0) }.flatMap { slot -> [Action] in
            guard let place = places[slot] else { return [] }
            return [.report(.notStoppedInTime(place.child, pid: place.pid)), .kill(slot)]
        }
    }

    // MARK: Questions

    private func slots(where isMeant: (Place) -> Bool) -> [Slot] {
        places.filter { isMeant($0.value) }.keys.sorted()
    }

    private func areReady(_ generation: Generation) -> Bool {
        places.values.allSatisfy { $0.generation != generation || $0.isReady }
    }
}
