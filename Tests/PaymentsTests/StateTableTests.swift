// Design rule 9 as two tables: every state against everything that can be heard in it. A dot: nothing changes.

import Payments
import Testing
import WixPayments

@Suite("Every state against every input")
struct StateTableTests {
    /// `late`: a redirect for a buyer who is gone. `again`: no conflict yet, may fit when told again.
    private static let outcomes = Table(
        """
                     approved   authorized taken      pending    redirect   declined   left       expires    lapses
        claimed      approved   authorized approved   pending    redirected declined   canceled   .          again
        redirected   approved   authorized approved   pending    .          declined   canceled   expired    again
        pending      approved   authorized approved   .          late       declined   canceled   .          again
        authorized   .          .          conflict   .          .          conflict   conflict   .          voided
        approved     .          .          .          .          .          conflict   conflict   .          conflict
        declined     conflict   conflict   conflict   .          .          .          .          .          .
        canceled     conflict   conflict   conflict   .          .          .          .          .          .
        expired      conflict   conflict   conflict   .          .          .          .          .          .
        capturing    .          .          .          .          .          conflict   conflict   .          again
        captured     .          .          .          .          .          conflict   conflict   .          conflict
        voiding      .          .          conflict   .          .          conflict   conflict   .          voided
        voided       conflict   .          conflict   .          .          .          .          .          .
        """)

    /// All of 4250. A word that is no state is the refusal; refunds do not change the state.
    private static let calls = Table(
        """
                     capture          void             refund capture-succeeds capture-fails void-succeeds void-fails
        claimed      notAuthorized    notAuthorized    3022   .                .             .             .
        redirected   notAuthorized    notAuthorized    3022   .                .             .             .
        pending      notAuthorized    notAuthorized    3022   .                .             .             .
        authorized   capturing        voiding          3022   .                .             .             .
        approved     alreadyCaptured  alreadyCaptured  runs   .                .             .             .
        declined     notAuthorized    notAuthorized    3022   .                .             .             .
        canceled     notAuthorized    notAuthorized    3022   .                .             .             .
        expired      notAuthorized    notAuthorized    3022   .                .             .             .
        capturing    busy             busy             3022   captured         authorized    .             .
        captured     alreadyCaptured  alreadyCaptured  runs   .                .             .             .
        voiding      busy             busy             3022   .                .             voided        authorized
        voided       alreadyVoided    alreadyVoided    3022   .                .             .             .
        """)

    private static let inputs: [String: Heard] = [
        "approved": .outcome(.approved(.none)),
        "authorized": .outcome(.authorized(.none)),
        "taken": .outcome(.captured(.none)),
        "pending": .outcome(.pending(Failure(.general))),
        "redirect": .outcome(.redirect(to: .other)),
        "declined": .outcome(.declined(Failure(.insufficientFunds))),
        "left": .outcome(.declined(Failure(.buyerCanceled))),
        "expires": .pageExpires,
        "lapses": .lapses,
        "capture": .call(.capture, 4250),
        "void": .call(.void, 4250),
        "refund": .refund(RefundID.first, 4250),
        "capture-succeeds": .ends(.capture, 4250, .succeeded),
        "capture-fails": .ends(.capture, 4250, .failed(Failure(.generalError))),
        "void-succeeds": .ends(.void, 4250, .succeeded),
        "void-fails": .ends(.void, 4250, .failed(Failure(.generalError))),
    ]

    @Test("The tables have a row for every state and a column for every input")
    func complete() {
        let words = PaymentState.samples.map(\.word)
        #expect(Self.outcomes.rows == words)
        #expect(Self.calls.rows == words)
        #expect(Set(Self.outcomes.columns + Self.calls.columns) == Set(Self.inputs.keys))
    }

    @Test("A state and an input meet as the table says", arguments: outcomes.cells + calls.cells)
    func meet(_ cell: Table.Cell) throws {
        let state = try #require(PaymentState.samples.first { $0.word == cell.row })
        let heard = try #require(Self.inputs[cell.column])
        var desk = Desk(.sample(in: state))
        let reply = desk.hear(heard)
        let isMoved = desk.payment.state != state
        #expect(reply.meeting.word(moving: isMoved ? desk.payment.state : nil) == cell.content)
        if !isMoved, cell.content != "runs" { #expect(desk.payment == .sample(in: state)) }
        if cell.content == "redirected" || cell.content == "." { #expect(reply.event == nil) }
    }
}

extension Meeting {
    /// The word in the tables; `state` is the one that was entered.
    fileprivate func word(moving state: PaymentState?) -> String {
        switch self {
        case .nothingNew where state == nil: "."
        case .news, .decision(.begin): state?.word ?? "nothing"
        case .conflict: "conflict"
        case .lateRedirect: "late"
        case .tellAgain: "again"
        case .decision(let decision): "\(decision)"
        case .refund: "runs"
        case .refused(let refusal): "\(refusal.failure.code.rawValue)"
        case .nothingNew, .aboveRemainder: "\(self)"
        }
    }
}

/// A table in a text: the first line names the columns, the first word of any other its row.
struct Table: Sendable {
    struct Cell: Sendable, CustomTestStringConvertible {
        let row: String
        let column: String
        let content: String
        var testDescription: String { "\(row), \(column): \(content)" }
    }

    let columns: [String]
    let rows: [String]
    let cells: [Cell]

    init(_ text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let columns = lines[0]
        self.columns = columns
        rows = lines.dropFirst().map { $0[0] }
        cells = lines.dropFirst().flatMap { line in
            precondition(line.count == columns.count + 1, "a cell is missing in \(line)")
            return zip(columns, line.dropFirst()).map { Cell(row: line[0], column: $0, content: $1) }
        }
    }
}
