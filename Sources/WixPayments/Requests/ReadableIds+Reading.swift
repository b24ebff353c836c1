// The lenient second pass over a request that has a field error.
// Used by every request's `parse`.

extension ReadableIds {
    /// Whatever of the request can be read on its own.
    static func read(_ reader: ObjectReader) -> ReadableIds {
        var ids = ReadableIds()
        ids.wixTransactionId = try? reader.id("wixTransactionId")
        ids.wixRefundId = try? reader.id("wixRefundId")
        ids.wixMerchantId = try? reader.id("wixMerchantId")
        ids.pluginTransactionId = try? reader.id("pluginTransactionId")
        let order = (try? reader.object("order")).flatMap { try? $0.object("description") }
        ids.amountMinorUnits =
            (try? order?.amount("totalAmount")) ?? (try? reader.amount("refundAmount"))
            ?? (try? reader.amount("captureAmount")) ?? (try? reader.amount("voidAmount"))
        ids.currency = (try? order?.currency("currency")) ?? (try? reader.currency("currency"))
        ids.mode = (try? reader.mode("mode")) ?? .live
        return ids
    }
}
