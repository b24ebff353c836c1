// A request as the fuzzer made it up: the records that nginx would send for it, and what has to be found of it.

@testable import FastCGI

struct SentRequest {
    private var pairs: [(name: [UInt8], value: [UInt8])] = []
    private var body: [UInt8] = []
    private let recordBytesMax: Int

    /// Takes an input apart: lines `NAME=value`, an empty line, the body.
    init(_ input: [UInt8]) {
        recordBytesMax = input.count % 97 + 1
        var rest = input[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest.dropFirst(line.count + 1)
            guard !line.isEmpty else {
                body = Array(rest)
                break
            }
            let name = line.prefix { $0 != UInt8(ascii: "=") }
            pairs.append((Array(name), Array(line.dropFirst(name.count + 1))))
        }
    }

    // MARK: What has to be found

    /// The parameters as C strings, each with its zero byte: a zero byte inside ends one early.
    var block: [UInt8] { entries.flatMap { $0 + [0] } }

    private var entries: [[UInt8]] {
        pairs.map { Array(($0.name + Array("=".utf8) + $0.value).prefix { $0 != 0 }) }
    }

    /// Found the slow way: the name is what stands before the first `=`.
    func values(of name: String) -> [String] {
        entries.compactMap { entry in
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")), entry[..<equals].elementsEqual(name.utf8) else {
                return nil
            }
            return String(decoding: entry[(equals + 1)...], as: UTF8.self)
        }
    }

    /// Names that were sent, names close to them, and names that handlers ask for.
    var namesToTry: [String] {
        var names: [[UInt8]] = []
        for (name, value) in pairs {
            let longer = name + Array("=".utf8) + value.prefix { $0 != UInt8(ascii: "=") }
            names += [name, name.dropLast(), Array(name.dropFirst()), name + value, longer, value]
        }
        let asked = ["", "FCGI_ROLE", "REQUEST_METHOD", "DOCUMENT_URI", "CONTENT_LENGTH", "HTTP_DIGEST"]
        return asked + names.compactMap { String(validating: $0, as: UTF8.self) }
    }

    func expectedBody(_ limits: Limits) -> Request.Body {
        let announced = values(of: "CONTENT_LENGTH").first ?? ""
        guard announced.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return .truncated }
        let count = announced.isEmpty ? 0 : Int(announced) ?? .max
        guard count <= limits.bodyBytesMax else { return .tooLarge }
        return count == body.count ? .complete(body) : .truncated
    }

    // MARK: What is sent

    /// The FastCGI records (specification, sections 3.3 and 5.2).
    var records: [UInt8] {
        let begin = Self.record(type: 1, [0, 1, 0, 0, 0, 0, 0, 0])
        let parameters = pairs.flatMap { Self.length($0.name.count) + Self.length($0.value.count) + $0.name + $0.value }
        return begin + stream(type: 4, parameters) + stream(type: 5, body)
    }

    /// The content in records, and the empty one that ends a stream.
    private func stream(type: UInt8, _ content: [UInt8]) -> [UInt8] {
        let starts = stride(from: 0, to: content.count, by: recordBytesMax)
        return starts.flatMap { Self.record(type: type, Array(content[$0...].prefix(recordBytesMax))) }
            + Self.record(type: type, [])
    }

    private static func record(type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xFF), 0, 0] + content
    }

    /// One byte up to 127, else four with the top bit set.
    private static func length(_ count: Int) -> [UInt8] {
        guard count > 127 else { return [UInt8(count)] }
        return [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }
}
