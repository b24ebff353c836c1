// Wraps what must never be printed: card data, credentials, buyer data (design rule 13).
// Made where such data is read; unwrapped only where it is handed on to a processor or to Wix.
// Promises that no description, debug description, mirror or encoder shows the value.

/// A value that prints as `•••`. It is not Encodable on purpose.
public struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    /// Wraps `value`.
    public init(_ value: Value) {
        self.value = value
    }

    /// The value itself: the one way out, so that every use can be found by this name.
    public func reveal() -> Value {
        value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `•••`.
    public var description: String { "•••" }
    /// Always `•••`.
    public var debugDescription: String { "•••" }
    /// Without children, so that `dump` and string interpolation of an enclosing value show nothing either.
    public var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}

extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}

extension Secret: Decodable where Value: Decodable {
    /// Decodes the value as if it stood there unwrapped.
    public init(from decoder: any Decoder) throws {
        self.init(try Value(from: decoder))
    }
}
