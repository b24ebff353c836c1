import Testing

@testable import Store

/// Events of one payment as `state`, with `?` for a pending one and `!` for one that Wix has refused.
private func events(_ text: String) -> [EventOrder.Standing] {
    text.split(separator: " ").enumerated().map { index, word in
        EventOrder.Standing(
            id: Int64(index + 1), state: EventState(rawValue: word.filter(\.isLetter))!,
            isFinal: !word.contains("?"), isRefused: word.contains("!"))
    }
}

@Suite("Order of a payment's events")
struct EventOrderTests {
    @Test(
        "The first may leave, the others wait; behind a held or dead one they are blocked",
        arguments: [
            ("queued", "queued"),
            ("queued queued", "queued waiting"),
            ("waiting", "queued"),
            ("blocked waiting", "queued waiting"),
            ("held queued queued", "held blocked blocked"),
            ("dead waiting", "dead blocked"),
            ("queued held queued", "queued held blocked"),
            ("blocked dead", "queued dead"),
            ("queued? queued", "queued waiting"),
        ])
    func arranges(before: String, after: String) {
        #expect(EventOrder.arranged(events(before)).map(\.state) == events(after).map(\.state))
    }

    @Test(
        "A pending event that was refused, given up or held gives way to a final one that may leave",
        arguments: [
            ("queued?! queued", "superseded queued"),
            ("dead? blocked", "superseded queued"),
            ("held? queued", "superseded queued"),
            ("dead? held", "dead held"),
            ("queued?!", "queued"),
            ("dead?", "dead"),
            ("dead? dead", "dead dead"),
            ("dead queued?! queued", "dead superseded blocked"),
        ])
    func supersedes(before: String, after: String) {
        #expect(EventOrder.arranged(events(before)).map(\.state) == events(after).map(\.state))
    }

    @Test("Arranging again changes nothing", arguments: ["queued queued queued", "held queued", "dead? queued queued"])
    func isStable(before: String) {
        let once = EventOrder.arranged(events(before))
        #expect(EventOrder.arranged(once.filter(\.state.isOpen)) == once.filter(\.state.isOpen))
    }
}
