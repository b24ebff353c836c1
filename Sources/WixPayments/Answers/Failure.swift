// Why something failed or waits: Wix's triple of reasonCode, errorCode and errorMessage (spec §1).
// Made by processors and endpoints, sent in answers and events. Promises texts within Wix's lengths and without card
// numbers, wherever they came from.

/// A reason code of one context with the PSP's own detail.
public struct Failure<Code: ReasonCode>: Sendable, Hashable {
    /// What Wix goes by.
    public let code: Code
    /// The PSP's code, 1...50 characters.
    public let errorCode: String?
    /// The PSP's text, 1...300 characters.
    public let errorMessage: String?

    /// Texts are scrubbed of card numbers (design rule 13), then cut to Wix's lengths; empty ones count as absent.
    public init(_ code: Code, errorCode: String? = nil, errorMessage: String? = nil) {
        self.code = code
        self.errorCode = wixText(errorCode, charactersMax: Limits.errorCodeCharactersMax)
        self.errorMessage = wixText(errorMessage, charactersMax: Limits.errorMessageCharactersMax)
    }
}

extension Failure: CustomStringConvertible {
    /// The code and the PSP's code; the text is left out because it may name a person.
    public var description: String {
        errorCode.map { "\(code.rawValue) \($0)" } ?? "\(code.rawValue)"
    }
}

/// Scrubs first, so that no cut leaves the greater part of a card number behind.
private func wixText(_ text: String?, charactersMax: Int) -> String? {
    guard let text, !text.isEmpty else { return nil }
    let scrubbed = CardScrubber.scrub(text)
    guard scrubbed.utf16.count > charactersMax else { return scrubbed }
    var cut = ""
    var count = 0
    for character in scrubbed {
        count += character.utf16.count
        if count > charactersMax { break }
        cut.append(character)
    }
    return cut.isEmpty ? nil : cut
}
