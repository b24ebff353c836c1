// Transcripts: a conversation about one payment, line by line, as Wix, a buyer and the processor see it.
// The tables that hold them are the tests' arguments; `play()` is what the tests do.

import Payments
import Testing
import WixPayments

/// One line: what is heard, what is made of it, and the messages that go out. An answer that is not named may be any,
/// an event that is not named must not be sent.
struct Line: Sendable {
    let heard: Heard
    let meeting: Meeting
    let answer: Example?
    let event: Example?

    init(_ heard: Heard, _ meeting: Meeting = .news, answers: Example? = nil, sends: Example? = nil) {
        self.heard = heard
        self.meeting = meeting
        answer = answers
        event = sends
    }
}

struct Transcript: Sendable, CustomTestStringConvertible {
    let title: String
    /// Minor units of EUR.
    let amount: Int64
    let lines: [Line]

    init(_ title: String, of amount: Int64 = 4250, _ lines: [Line]) {
        self.title = title
        self.amount = amount
        self.lines = lines
    }

    var testDescription: String { title }

    func play() throws {
        var desk = Desk(.sample(of: amount))
        for (number, line) in lines.enumerated() {
            let place: Comment = "line \(number + 1): \(line.heard)"
            let reply = desk.hear(line.heard)
            #expect(reply.meeting == line.meeting, place)
            #expect(try reply.event.map { try comparable($0.json()) } == line.event?.text(.event), place)
            if let expected = line.answer {
                let answer = try #require(reply.answer, place)
                #expect(try comparable(answer.json()) == expected.text(line.answerKind), place)
            }
            if case .transaction? = reply.event, let event = reply.event {
                #expect(try reply.answer.map { try comparable($0.json()) } == answer(in: event.json()), place)
            }
            if let event = reply.event { #expect(EventLinter.breaches(event) == [], place) }
        }
    }
}

extension Line {
    var answerKind: Example.Kind {
        if case .refund = heard { .refundAnswer } else { .createAnswer }
    }
}
