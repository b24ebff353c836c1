// Which card stands behind a wallet payment (spec §4, §6.2).
// From a processor into answers and events, and nowhere else (design rule 13).

/// The funding card's ends, not the device card's; Codable in the shape that goes over the wire.
public struct CardDetails: Sendable, Hashable {
    /// The first 6 or 8 digits.
    public let bin: String
    /// The last 4 digits.
    public let lastFour: String

    /// Nil unless `bin` is 6 or 8 digits and `lastFour` 4.
    public init?(bin: String, lastFour: String) {
        guard isDigits(bin), [6, 8].contains(bin.utf8.count), isDigits(lastFour), lastFour.utf8.count == 4 else {
            return nil
        }
        self.bin = bin
        self.lastFour = lastFour
    }
}

extension CardDetails: Codable {
    private enum CodingKeys: String, CodingKey {
        case bin, lastFour
    }

    /// Throws `DecodingError` when the digits are not as said.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let bin = try container.decode(String.self, forKey: .bin)
        let lastFour = try container.decode(String.self, forKey: .lastFour)
        guard let details = CardDetails(bin: bin, lastFour: lastFour) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not 6 or 8 digits and 4 digits"))
        }
        self = details
    }
}

extension CardDetails: CustomStringConvertible, CustomReflectable {
    /// Always `•••`.
    public var description: String { "•••" }
    /// Without children.
    public var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}
