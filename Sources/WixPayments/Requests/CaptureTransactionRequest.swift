// Capture Transaction, as Wix asks for it (spec §5).
// Parsed by its endpoint after the digest was verified. Mode and currency are the authorization's: Wix sends neither.

/// A Wix app captures an authorized payment.
public struct CaptureTransactionRequest: Sendable {
    /// The payment at Wix.
    public let wixTransactionId: String
    /// The PSP's id of the payment.
    public let pluginTransactionId: String
    /// Minor units, at most the authorized amount.
    public let captureAmount: Int64
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
        captureAmount = try reader.required("captureAmount", reader.amount("captureAmount"))
        merchantCredentials = try reader.required("merchantCredentials", reader.credentials("merchantCredentials"))
    }
}

extension CaptureTransactionRequest: CustomStringConvertible, CustomReflectable {
    /// Id and amount: no credentials.
    public var description: String { "capture of \(wixTransactionId): \(captureAmount)" }
    /// The description alone.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
