// Why a request could not be read (design rule 2).
// Thrown by every request's `parse`, answered by the endpoints.

/// A request that can't be read.
public enum RequestError: Error, Sendable, Hashable {
    /// Not a JSON object, not UTF-8, or nested deeper than `Limits.jsonDepthMax`: HTTP 400.
    case notJSON
    /// JSON with a field that can't be accepted: HTTP 200 with the field's reason code.
    case field(FieldError, ids: ReadableIds)
}

/// What could be read of a request in spite of a field error: enough to settle it as declined or failed, and to send
/// the event for that (design rule 2). Each is nil when absent or itself not acceptable.
public struct ReadableIds: Sendable, Hashable {
    /// The payment.
    public var wixTransactionId: String?
    /// The refund.
    public var wixRefundId: String?
    /// The merchant.
    public var wixMerchantId: String?
    /// The PSP's id of the payment.
    public var pluginTransactionId: String?
    /// `totalAmount`, `refundAmount`, `captureAmount` or `voidAmount`, in minor units.
    public var amountMinorUnits: Int64?
    /// The order's currency, or the one preferred at connect.
    public var currency: Currency?
    /// Live, unless the request says sandbox.
    public var mode: Mode = .live
}
