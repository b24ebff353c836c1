// deploy/gateway.openapi.yaml as the tests use it: its operations, its examples, and a check of values against its
// schemas. The check knows the keywords that the file uses and traps on any other, so that none goes unchecked.

import Foundation
import TestStack
import Testing

struct Contract {
    let document: JSON

    /// Read once; the file is not there or no YAML: every test fails.
    static let shared: Contract = {
        let url = Fixtures.project.appending(path: "deploy/gateway.openapi.yaml")
        // swift-format-ignore: NeverUseForceTry
        return try! Contract(document: JSON(yaml: String(contentsOf: url, encoding: .utf8)))
    }()

    struct Operation {
        var path: String
        var method: String
        var object: JSON

        /// `POST /payments/{id}/void`.
        var name: String { "\(method.uppercased()) \(path)" }
    }

    struct Example: CustomTestStringConvertible {
        var name: String
        var value: JSON
        var schema: JSON
        var testDescription: String { name }
    }

    /// Follows `$ref` to where it leads.
    func resolved(_ value: JSON) -> JSON {
        guard let reference = value["$ref"]?.text else { return value }
        let found = reference.dropFirst(2).split(separator: "/").reduce(document as JSON?) { $0?[String($1)] }
        guard let found else { preconditionFailure("\(reference) leads nowhere") }
        return resolved(found)
    }

    func operations(under section: String = "paths") -> [Operation] {
        (document[section]?.members ?? [:]).flatMap { path, item in
            ["get", "post"].compactMap { method in
                item[method].map { Operation(path: path, method: method, object: $0) }
            }
        }.sorted { $0.name < $1.name }
    }

    func requestExamples(_ operation: Operation) -> [Example] {
        examples(operation.name, resolved(operation.object["requestBody"] ?? .null))
    }

    func answerExamples(_ operation: Operation, status: String = "200") -> [Example] {
        examples(operation.name, resolved(operation.object["responses"]?[status] ?? .null))
    }

    private func examples(_ name: String, _ message: JSON) -> [Example] {
        guard let content = message["content"]?["application/json"], let schema = content["schema"] else { return [] }
        return (content["examples"]?.members ?? [:]).sorted { $0.key < $1.key }.map {
            Example(name: "\(name) \($0.key)", value: $0.value["value"] ?? .null, schema: schema)
        }
    }

    func schema(_ name: String) -> JSON { .object(["$ref": .string("#/components/schemas/\(name)")]) }

    // MARK: Validation

    /// What is wrong with a value; empty when it validates.
    func faults(_ value: JSON, _ schema: JSON, at path: String = "") -> [String] {
        (resolved(schema).members ?? [:]).flatMap { keyword, rule in
            faults(value, keyword, rule, in: resolved(schema), path)
        }
    }

    private func faults(_ value: JSON, _ keyword: String, _ rule: JSON, in schema: JSON, _ path: String) -> [String] {
        func check(_ holds: Bool) -> [String] { holds ? [] : ["\(path): \(keyword)"] }
        func isValid(_ schema: JSON) -> Bool { faults(value, schema).isEmpty }
        switch keyword {
        case "description": return []
        case "type": return check(value.isOf(type: rule.text ?? ""))
        case "const": return check(value == rule)
        case "enum": return check(rule.elements.contains(value))
        case "minimum": return check(value.double.map { $0 >= rule.double ?? .infinity } ?? true)
        case "maximum": return check(value.double.map { $0 <= rule.double ?? -.infinity } ?? true)
        case "minLength": return check(value.text.map { Double($0.count) >= rule.double ?? .infinity } ?? true)
        case "maxLength": return check(value.text.map { Double($0.count) <= rule.double ?? -1 } ?? true)
        case "minProperties": return check(Double(value.names.count) >= rule.double ?? .infinity)
        case "maxProperties": return check(Double(value.names.count) <= rule.double ?? -1)
        case "pattern":
            // swift-format-ignore: NeverUseForceTry
            let pattern = try! Regex(rule.text ?? "")
            return check(value.text.map { $0.firstMatch(of: pattern) != nil } ?? true)
        case "required":
            return rule.elements.compactMap(\.text).filter { value[$0] == nil }.map { "\(path).\($0): required" }
        case "properties":
            return (rule.members ?? [:]).flatMap { name, schema in
                value[name].map { faults($0, schema, at: "\(path).\(name)") } ?? []
            }
        case "additionalProperties":
            let others = (value.members ?? [:]).filter { schema["properties"]?[$0.key] == nil }
            if rule == false { return others.keys.map { "\(path).\($0): undeclared" } }
            return others.flatMap { faults($0.value, rule, at: "\(path).\($0.key)") }
        case "allOf": return rule.elements.flatMap { faults(value, $0, at: path) }
        case "oneOf": return check(rule.elements.filter(isValid).count == 1)
        case "not": return check(!isValid(rule))
        default: preconditionFailure("the schema keyword \(keyword) is not checked")
        }
    }
}

extension JSON {
    fileprivate func isOf(type: String) -> Bool {
        switch (type, self) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("integer", .integer),
            ("number", .integer), ("number", .number):
            true
        default: false
        }
    }
}
