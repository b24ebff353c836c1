// Wix's enums as open sets of words: a word that Wix adds later is kept, not refused (spec §0).
// Used by the requests' fields.

/// A word of one of Wix's enums.
public protocol WixEnum: RawRepresentable, Sendable, Hashable where RawValue == String {
    /// Any word, known or not.
    init(rawValue: String)
}

/// `category` of an order item (spec §4).
public struct ItemCategory: WixEnum {
    /// A thing.
    public static let physical = Self(rawValue: "physical")
    /// A file or service.
    public static let digital = Self(rawValue: "digital")
    /// Not said.
    public static let undefined = Self(rawValue: "undefined")
    /// Wix's word.
    public let rawValue: String
    /// Any word.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// `authenticationMethod` of Google Pay (spec §4).
public struct GooglePayAuthenticationMethod: WixEnum {
    /// A card number as on the card, without a cryptogram: 3-D Secure may be needed.
    public static let panOnly = Self(rawValue: "PAN_ONLY")
    /// A device number with a cryptogram.
    public static let cryptogram3DS = Self(rawValue: "CRYPTOGRAM_3DS")
    /// Not said.
    public static let unknown = Self(rawValue: "UNKNOWN_AUTHENTICATION_METHOD")
    /// Wix's word.
    public let rawValue: String
    /// Any word.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// `issuerBank` of iDEAL (spec §4).
public struct IssuerBank: WixEnum {
    /// Not said.
    public static let unknown = Self(rawValue: "UNKNOWN")
    /// The banks that Wix names.
    public static let all: [IssuerBank] = [
        "ING", "RABOBANK", "ABN_AMRO", "SNS_BANK", "BUNQ", "ASN_BANK", "REGIOBANK", "TRIODOS_BANK", "KNAB",
        "VAN_LANSCHOT", "HANDELSBANKEN", "REVOLUT",
    ].map(Self.init(rawValue:))
    /// Wix's word.
    public let rawValue: String
    /// Any word.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// `reason` of a refund (spec §5). The words of 2020 differ and are kept as they come.
public struct RefundReason: WixEnum {
    /// Not said.
    public static let unknown = Self(rawValue: "UNKNOWN")
    /// Paid twice.
    public static let duplicate = Self(rawValue: "DUPLICATE")
    /// Paid by a fraudster.
    public static let fraudulent = Self(rawValue: "FRAUDULENT")
    /// The buyer wants the money back.
    public static let requestedByCustomer = Self(rawValue: "REQUESTED_BY_CUSTOMER")
    /// Wix's word.
    public let rawValue: String
    /// Any word.
    public init(rawValue: String) { self.rawValue = rawValue }
}
