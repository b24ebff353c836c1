// The bounds of what is read from Wix and sent to it (design rule 14).
// Used by the readers, the types of answers and events, and the event linter. Sizes of text that comes in are in
// UTF-8 bytes, as cheap to count as to store; sizes of text that goes to Wix are in UTF-16 units, the strictest
// reading of Wix's "characters".

/// Limits of the protocol's fields, each with its unit.
public enum Limits {
    /// Nesting of arrays and objects; Wix's deepest message has 5.
    public static let jsonDepthMax = 32
    /// The largest amount, in minor units: exact in a double too, in case a gateway uses one.
    public static let amountMinorUnitsMax: Int64 = 1_000_000_000_000_000
    /// Ids of Wix and of the PSP (spec §1), printable ASCII.
    public static let idCharactersMax = 200
    /// `errorCode` (spec §1), in UTF-16 units.
    public static let errorCodeCharactersMax = 50
    /// `errorMessage` (spec §1), in UTF-16 units.
    public static let errorMessageCharactersMax = 300
    /// Names, address lines and other short text.
    public static let textBytesMax = 2_000
    /// The description of an item, which merchants write as long as they like.
    public static let itemDescriptionBytesMax = 20_000
    /// One of Wix's return URLs.
    public static let returnUrlBytesMax = 8_000
    /// A page of the PSP that the buyer is sent to, in characters, all ASCII.
    public static let redirectUrlCharactersMax = 2_000
    /// Items of an order.
    public static let itemsMax = 1_000
    /// Pieces of one kind in an order.
    public static let quantityMax = 1_000_000_000
    /// Payments that one purchase is split into.
    public static let installmentsMax = 1_000
    /// Entries of a credentials map.
    public static let credentialsEntriesMax = 100
    /// A key of a credentials map.
    public static let credentialKeyBytesMax = 200
    /// A value of a credentials map: room for a PEM key.
    public static let credentialValueBytesMax = 16_000
    /// Digits of a card number that are read at all; whether it is one is the processor's question (3015).
    public static let cardNumberDigitsMax = 32
    /// Digits of a CVV that are read at all (3016).
    public static let cvvDigitsMax = 8
    /// Cryptograms, stored references and tokens.
    public static let tokenBytesMax = 2_000
}
