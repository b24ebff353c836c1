// Void Transaction, as Wix asks for it (spec §5).
// Parsed by its endpoint after the digest was verified. Mode and currency are the authorization's: Wix sends neither.

/// A Wix app voids an authorized payment.
public struct VoidTransactionRequest: Sendable {
    /// The payment at Wix.
    public let wixTransactionId: String
    /// The PSP's id of the payment.
    public let pluginTransactionId: String
    /// Minor units; must equal the authorized amount.
    public let voidAmount: Int64
    /// What Connect Account answered.
    public let merchantCredentials: Secret<[String: String]>

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
        wixTransactionId = try reader.required("wixTransactionId", reader.id("wixTransactionId"))
        pluginTransactionId = try reader.required("pluginTransactionId", reader.id("pluginTransactionId"))
        voidAmount = try reader.required("voidAmount", reader.amount("voidAmount"))
        merchantCredentials = try reader.required("merchantCredentials", reader.credentials("merchantCredentials"))
    }
}

extension VoidTransactionRequest: CustomStringConvertible, CustomReflectable {
    /// Id and amount: no credentials.
    public var description: String { "void of \(wixTransactionId): \(voidAmount)" }
    /// The description alone.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
