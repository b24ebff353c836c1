// Runs the children of `pspd serve` and keeps them running: the I/O around `PoolMachine`.
// Promise: when `run` returns, no child runs any more. Until then a child that ends is started again.
// A child says that it is ready by writing to its standard output, once (`Readiness.tellMaster`).

public import Logging
public import ServiceLifecycle
import Subprocess
import SystemPackage

/// A master's child processes.
public struct ProcessPool: Service {
    private let program: FilePath
    private let children: [Child]
    private let graceSeconds: Double
    private let socket: FileDescriptor?
    private let logger: Logger
    private let events: AsyncStream<Event>
    private let sender: AsyncStream<Event>.Continuation
    private let observe: @Sendable (Milestone) -> Void

    private typealias Event = PoolMachine.Event

    /// What the pool as a whole has come to.
    public enum Milestone: Sendable, Equatable {
        /// Every child was ready once.
        case ready
        /// The children given to `replace` serve; those before finish what they began.
        case replaced
        /// The children given to `replace` did not get ready; those before go on.
        case notReplaced(reason: String)
        case stopping
    }

    /// - Parameters:
    ///   - program: the executable that every child runs; whole path.
    ///   - children: what to run; at least one.
    ///   - socket: the listening socket's descriptor for the children that get it; it stays open.
    ///   - graceSeconds: time that children have from SIGTERM to their end. One second later they are killed.
    ///   - observe: told of milestones, one after the other; must not block.
    public init(
        program: String, children: [Child], socket: CInt?, graceSeconds: Double, logger: Logger,
        observe: @escaping @Sendable (Milestone) -> Void = { _ in }
    ) {
        self.program = FilePath(program)
        self.children = children
        self.socket = socket.map(FileDescriptor.init(rawValue:))
        self.graceSeconds = graceSeconds
        self.logger = logger
        self.observe = observe
        (events, sender) = AsyncStream.makeStream(of: Event.self)
    }

    /// Starts other children in the place of all that run. Once all of the new ones are ready the old ones are told to
    /// finish what they began and to end; should the new ones fail, the old ones stay. A stop that was asked for before
    /// wins.
    ///
    /// - Parameter graceSeconds: as in `init`, for the new children.
    public func replace(with children: [Child], graceSeconds: Double) {
        sender.yield(.replaceAsked(children, graceSeconds: graceSeconds))
    }

    /// Starts the children and returns when they have been stopped, which graceful shutdown asks for.
    ///
    /// - Throws: `Errno` when /dev/null can't be opened.
    public func run() async throws {
        let null = try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec)
        defer { try? null.close() }  // a read-only descriptor has nothing to lose in close
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                var machine = PoolMachine(children: children, graceSeconds: graceSeconds)
                var orders: [PoolMachine.Slot: AsyncStream<Signal>.Continuation] = [:]
                var actions = machine.start()
                var iterator = events.makeAsyncIterator()
                while true {
                    for action in actions {
                        switch action {
                        case .start(let slot, let child):
                            let (signals, order) = AsyncStream.makeStream(of: Signal.self)
                            orders[slot] = order
                            let input = child.getsSocket ? socket ?? null : null
                            group.addTask { await run(child, in: slot, input: input, signals: signals) }
                        case .terminate(let slot): orders[slot]?.yield(.terminate)
                        case .retire(let slot): orders[slot]?.yield(.quit)
                        case .kill(let slot): orders[slot]?.yield(.kill)
                        case .wait(let timer, let seconds):
                            group.addTask {
                                // Cancelled at the end of the pool: then nothing is due any more.
                                if (try? await Task.sleep(for: .seconds(seconds))) != nil { sender.yield(.due(timer)) }
                            }
                        case .report(let report):
                            logger.record(report)
                            if let milestone = Milestone(report) { observe(milestone) }
                        case .finish: return group.cancelAll()
                        }
                    }
                    // The stream ends early only when the task is cancelled, which kills the children: see `run`.
                    guard let event = await iterator.next() else { return group.cancelAll() }
                    actions = machine.handle(event)
                }
            }
        } onGracefulShutdown: {
            sender.yield(.stopAsked)
        }
    }

    /// Runs one child from its start to its end, passing signals on to it.
    private func run(
        _ child: Child, in slot: PoolMachine.Slot, input: FileDescriptor, signals: AsyncStream<Signal>
    ) async {
        var options = PlatformOptions()
        // A group of its own: Ctrl-C in a terminal reaches the master alone, which stops the others in order.
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(graceSeconds))]
        let clock = ContinuousClock()
        let start = clock.now
        let ending: Ending
        do {
            // The descriptors 0, 1 and 2 are all that the child inherits, with no signal blocked or ignored.
            let result = try await Subprocess.run(
                .path(program), arguments: Arguments(child.arguments),
                environment: .inherit.updating(child.variables), platformOptions: options,
                input: .fileDescriptor(input, closeAfterSpawningProcess: false), output: .sequence,
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
            ) { execution in
                sender.yield(.started(slot, pid: execution.processIdentifier.value))
                await withDiscardingTaskGroup { group in
                    group.addTask {
                        // A child that has just ended can't be signalled, and need not be.
                        for await signal in signals { try? execution.send(signal: signal) }
                    }
                    group.addTask {
                        // The first words say it. An error of the pipe's means that it never does.
                        var words = execution.standardOutput.makeAsyncIterator()
                        if let said = try? await words.next(), said.count > 0 { sender.yield(.ready(slot)) }
                    }
                    await execution.waitForEnd()
                    group.cancelAll()
                }
            }
            ending =
                switch result.terminationStatus {
                case .exited(let status): .exited(status)
                case .signaled(let signal): .killed(signal: signal)
                }
        } catch {
            ending = .notStarted("\(error)")
        }
        sender.yield(.ended(slot, ending, ranSeconds: (clock.now - start) / .seconds(1)))
    }
}

extension Child {
    fileprivate var variables: [Environment.Key: String?] {
        .init(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
    }
}

extension Execution {
    /// Returns when the process has ended. Until then it can be signalled through `self` without the danger that its
    /// number belongs to another process: it is reaped only after this.
    fileprivate func waitForEnd() async {
        // A teardown waits for the end after each step. Signal 0 does nothing to a process (kill(2)), so what is left
        // of this step is the waiting, for longer than any machine stays up.
        let century = Duration.seconds(100 * 365 * 86_400)
        await teardown(using: [.send(signal: Signal(rawValue: 0), allowedDurationToNextStep: century)])
    }
}

extension ProcessPool.Milestone {
    /// Nil for what concerns one child alone.
    fileprivate init?(_ report: PoolMachine.Report) {
        switch report {
        case .allReady: self = .ready
        case .replaced: self = .replaced
        case .notReplaced(let reason): self = .notReplaced(reason: reason)
        case .stopping: self = .stopping
        case .started, .ended, .notStoppedInTime: return nil
        }
    }
}
