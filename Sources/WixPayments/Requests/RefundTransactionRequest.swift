// Refund Transaction, as Wix asks for it (spec §5).
// Parsed by its endpoint after the digest was verified.

/// A merchant refunds a payment or a part of it.
public struct RefundTransactionRequest: Sendable {
    /// The payment at Wix.
    public let wixTransactionId: String
    /// This refund at Wix, and the idempotency key.
    public let wixRefundId: String
    /// The PSP's id of the payment.
    public let pluginTransactionId: String
    /// What Connect Account answered.
    public let merchantCredentials: Secret<[String: String]>
    /// Minor units of the payment's currency; nil means what remains.
    public let refundAmount: Int64?
    /// Live or sandbox.
    public let mode: Mode
    /// Why.
    public let reason: RefundReason?

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
        wixRefundId = try reader.required("wixRefundId", reader.id("wixRefundId"))
        pluginTransactionId = try reader.required("pluginTransactionId", reader.id("pluginTransactionId"))
        merchantCredentials = try reader.required("merchantCredentials", reader.credentials("merchantCredentials"))
        refundAmount = try reader.amount("refundAmount")
        mode = try reader.mode("mode")
        reason = try reader.word("reason")
    }
}

extension RefundTransactionRequest: CustomStringConvertible, CustomReflectable {
    /// Ids and amount: no credentials.
    public var description: String {
        "refund \(wixRefundId) of \(wixTransactionId): \(refundAmount.map(String.init) ?? "what remains")"
    }
    /// The description alone.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
