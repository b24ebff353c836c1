// Connect Account, as Wix asks for it (spec §3).
// Parsed by its endpoint after the digest was verified, handed on to a processor.

/// A merchant connects, or connects again.
public struct ConnectAccountRequest: Sendable {
    /// The merchant at Wix.
    public let wixMerchantId: String
    /// What the merchant typed, by the names that the PSP configured.
    public let credentials: Secret<[String: String]>
    /// ISO 3166-1 alpha-2.
    public let country: String?
    /// Preferred by the merchant; may change later without notice.
    public let currency: Currency?
    /// Live or sandbox.
    public let mode: Mode

    /// Reads a request body.
    public static func parse(_ body: [UInt8]) throws(RequestError) -> Self {
        let reader = try ObjectReader(body: body)
        do throws(FieldError) {
            return try Self(reader)
        } catch {
            throw .field(error, ids: .read(reader))
        }
    }

    private init(_ reader: ObjectReader) throws(FieldError) {
        wixMerchantId = try reader.required("wixMerchantId", reader.id("wixMerchantId"))
        credentials = try reader.required("credentials", reader.credentials("credentials"))
        country = try Self.country(reader)
        currency = try reader.currency("currency")
        mode = try reader.mode("mode")
    }

    private static func country(_ reader: ObjectReader) throws(FieldError) -> String? {
        guard let country = try reader.text("country") else { return nil }
        guard country.utf8.count == 2, country.utf8.allSatisfy({ 0x41...0x5A ~= $0 & 0xDF }) else {
            throw reader.error("country", .format)
        }
        return country
    }
}

extension ConnectAccountRequest: CustomStringConvertible, CustomReflectable {
    /// Merchant and mode: no credentials.
    public var description: String { "connect account of merchant \(wixMerchantId), \(mode.rawValue)" }
    /// The description alone.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
