// What to mint: signed requests for load tests, as many as wanted. Made by the command line and the tests.

/// Which requests.
public struct MintPlan: Sendable {
    /// A payment that refunds are minted for.
    public struct Payment: Sendable, Equatable {
        /// The payment at Wix.
        public var wixTransactionId: String
        /// The payment at the PSP.
        public var pluginTransactionId: String

        /// A known payment.
        public init(wixTransactionId: String, pluginTransactionId: String) {
            self.wixTransactionId = wixTransactionId
            self.pluginTransactionId = pluginTransactionId
        }

        /// Reads one from a line: a JSON object that has both ids somewhere, or the two ids with blanks between.
        public init?(line: String) {
            if let json = JSON(parsing: Array(line.utf8)) {
                guard let wix = json.first(named: "wixTransactionId")?.text,
                    let plugin = json.first(named: "pluginTransactionId")?.text
                else { return nil }
                self.init(wixTransactionId: wix, pluginTransactionId: plugin)
                return
            }
            let parts = line.split(whereSeparator: \.isWhitespace)
            guard parts.count == 2 else { return nil }
            self.init(wixTransactionId: String(parts[0]), pluginTransactionId: String(parts[1]))
        }
    }

    /// What is minted.
    public enum Kind: Sendable {
        /// So many payments, each with an id of its own.
        case payments(Int)
        /// Refunds of these payments, so many each; a nil amount means all that remains.
        case refunds([Payment], each: Int, amount: Int64?)
    }

    /// What is minted.
    public var kind: Kind
    /// Where it goes.
    public var path: String
    /// How often each request comes again, right after itself and byte for byte.
    public var repeats = 0
    /// Seconds that the tokens live. Wix's live 120; a load test may want more.
    public var validSeconds: Int64 = 3_600
    /// How the spoiled ones are spoiled.
    public var tamper: Tamper = .signature
    /// How many of a hundred are spoiled, evenly spread.
    public var tamperPercent = 0

    /// The merchant at Wix.
    public var wixMerchantId: String
    /// What Connect Account returned.
    public var credentials: [String: String]
    /// Minor units of a payment.
    public var amount: Int64 = 4250
    /// ISO 4217.
    public var currency = "EUR"
    /// Card number.
    public var card = "4111111111111111"
    /// `live`, `sandbox` or `undefined`; nil: left out.
    public var mode: String? = "sandbox"
    /// Only the required members and the card: some 450 bytes and not 1,700.
    public var isSmall = false

    /// Untampered requests, once each.
    public init(_ kind: Kind, path: String, wixMerchantId: String, credentials: [String: String]) {
        self.kind = kind
        self.path = path
        self.wixMerchantId = wixMerchantId
        self.credentials = credentials
    }

    /// Distinct requests.
    public var distinct: Int {
        switch kind {
        case .payments(let count): count
        case .refunds(let payments, let each, _): payments.count * each
        }
    }
}
