// What the contract's document needs beside JSON: reading YAML, and numbers of either kind.

import Foundation
import TestStack
import Yams

extension JSON {
    init(yaml: String) throws { self = try JSON(loaded: Yams.load(yaml: yaml)) }

    private init(loaded value: Any?) throws {
        switch value {
        case nil, is NSNull: self = .null
        case let value as Bool: self = .bool(value)
        case let value as Int: self = .integer(Int64(value))
        case let value as Double: self = .number(value)
        case let value as String: self = .string(value)
        case let value as [Any]: self = .array(try value.map(JSON.init(loaded:)))
        case let value as [String: Any]: self = .object(try value.mapValues(JSON.init(loaded:)))
        default: throw CocoaError(.coderReadCorrupt)
        }
    }

    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
