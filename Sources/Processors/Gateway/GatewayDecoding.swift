// Reads what a gateway sends, answers and notifications alike, as strictly as Wix's requests are read.

import Foundation
import WixPayments

extension Decodable {
    /// Reads a message; unknown members are left alone, null counts as absent.
    static func read(_ json: [UInt8]) throws(ContractBreach) -> Self {
        do throws(JSONFault) {
            try StrictJSON.check(json)
        } catch {
            switch error {
            case .syntax: throw .notJSON
            case .repeatedMember: throw .repeatedMember
            }
        }
        do {
            return try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw ContractBreach(error)
        }
    }
}

extension ContractBreach {
    /// Finds the member that a decoder complains of.
    fileprivate init(_ error: any Error) {
        let path: [any CodingKey]
        let problem: FieldError.Problem
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): (path, problem) = (context.codingPath + [key], .missing)
        case .valueNotFound(_, let context): (path, problem) = (context.codingPath, .missing)
        case .typeMismatch(_, let context): (path, problem) = (context.codingPath, .format)
        case .dataCorrupted(let context): (path, problem) = (context.codingPath, .value)
        default: (path, problem) = ([], .format)
        }
        guard !path.isEmpty else {
            self = .notJSON
            return
        }
        self = .field(FieldError(path.map(\.stringValue).joined(separator: "."), problem))
    }
}

extension KeyedDecodingContainer {
    /// An id as `isWellFormedId` has it.
    func idIfPresent(forKey key: Key) throws -> String? {
        guard let id = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard isWellFormedId(id) else { throw notAllowed(key) }
        return id
    }

    /// The same where it is required.
    func id(forKey key: Key) throws -> String {
        guard let id = try idIfPresent(forKey: key) else { throw missing(key) }
        return id
    }

    /// Minor units: a JSON integer, or its digits as a string, as Wix's are read.
    func amountIfPresent(forKey key: Key) throws -> Int64? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        var amount: Int64?
        if let digits = try? decode(String.self, forKey: key) {
            guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { throw notAllowed(key) }
            amount = Int64(digits)
        } else {
            amount = try decode(Int64.self, forKey: key)
        }
        guard let amount, 0...Limits.amountMinorUnitsMax ~= amount else { throw notAllowed(key) }
        return amount
    }

    /// The same where it is required.
    func amount(forKey key: Key) throws -> Int64 {
        guard let amount = try amountIfPresent(forKey: key) else { throw missing(key) }
        return amount
    }

    /// A listed currency.
    func currencyIfPresent(forKey key: Key) throws -> Currency? {
        guard let code = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let currency = Currency(code) else { throw notAllowed(key) }
        return currency
    }

    /// An error that names a member which has to be there.
    func missing(_ key: Key) -> DecodingError {
        .keyNotFound(key, .init(codingPath: codingPath, debugDescription: "required"))
    }

    /// An error that names a member with a value that is not allowed.
    func notAllowed(_ key: Key) -> DecodingError {
        .dataCorruptedError(forKey: key, in: self, debugDescription: "not allowed")
    }
}
