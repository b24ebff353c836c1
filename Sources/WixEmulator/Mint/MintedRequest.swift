// A minted request, and the two ways to write it down. Pure.

/// One signed request.
public struct MintedRequest: Sendable, Equatable {
    /// `wixTransactionId` of a payment, `wixRefundId` of a refund.
    public var id: String
    /// The endpoint's path.
    public var path: String
    /// The `Digest` header's value.
    public var digest: String
    /// The exact bytes that were signed.
    public var body: [UInt8]

    /// One line: method, path, Digest, body, with tabs between. The body is JSON and has no tab or line break.
    func line() -> [UInt8] {
        var line = Array("POST\t\(path)\t\(digest)\t".utf8)
        line += body
        line.append(0x0A)
        return line
    }

    /// A block of a curl config file. It begins with `next`: curl refuses a file that ends with it, ignores one at the
    /// beginning, and so blocks and whole files can be put one after the other.
    func curl(_ style: CurlStyle) -> [UInt8] {
        // Options do not outlive `next`, so each block has all of its own.
        var block = Array("next\nsilent\nshow-error\n".utf8)
        func add(_ name: String, _ value: some Sequence<UInt8>) {
            block += name.utf8
            block += " = \"".utf8
            for byte in value { Self.escape(byte, into: &block) }
            block += "\"\n".utf8
        }
        add("url", (style.baseURL + path).utf8)
        add("header", "Content-Type: application/json".utf8)
        add("header", "Digest: \(digest)".utf8)
        add("data-binary", body)
        add("output", style.outputFolder.map { "\($0)/\(id).json" }?.utf8 ?? "/dev/null".utf8)
        add("write-out", style.writeOut.replacing("{id}", with: id).utf8)
        if let ca = style.caFile { add("cacert", ca.utf8) }
        for line in style.lines { block += "\(line)\n".utf8 }
        return block
    }

    /// Inside double quotes curl reads backslashes (its manual page, --config).
    private static func escape(_ byte: UInt8, into block: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C: block += [0x5C, byte]
        case 0x0A: block += [0x5C, 0x6E]
        case 0x0D: block += [0x5C, 0x72]
        case 0x09: block += [0x5C, 0x74]
        default: block.append(byte)
        }
    }
}

/// What a curl config file says besides the request.
public struct CurlStyle: Sendable {
    /// Without a slash at the end.
    public var baseURL: String
    /// What curl prints after each transfer; `{id}` is the request's id.
    public var writeOut = "%{http_code} %{time_total}\\n"
    /// Where answers go, as ID.json; nil: nowhere.
    public var outputFolder: String?
    /// A PEM file with roots to trust.
    public var caFile: String?
    /// Further lines for each transfer.
    public var lines: [String] = []

    /// A style with answers thrown away.
    public init(baseURL: String) {
        self.baseURL = baseURL
    }
}
