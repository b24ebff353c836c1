// What several tests of the emulator share: example files, a throw-away key pair, requests made by hand.

import FastCGI
import Foundation
import Logging
import Testing

@testable import WixEmulator

enum Example {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/examples")

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: "\(name).json")))
    }

    static func json(_ name: String) throws -> JSON {
        try #require(JSON(parsing: bytes(name)))
    }

    static func names(startingWith prefix: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }
}

let payment = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"

extension Emulator {
    /// An emulator of the app in `oauth-access.request.json`.
    static func example(record: RecordFile? = nil, faults: [FaultRule] = []) -> Emulator {
        Emulator(
            app: AppCredentials(
                appId: "0a8f4c6d-2e1b-4d39-8f57-3c6b9a7e5d21", appSecret: "5d2c9e71-0b4f-4a86-a3d8-6e1f7c9b2a54"),
            record: record, faults: faults,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func token(now: Date = .now) throws -> String {
        let request = Request.post(Emulator.tokenPath, try Example.bytes("oauth-access.request"))
        return try #require(answer(request, now: now).json["access_token"]?.text)
    }

    /// Sends an event as a PSP should, with a fresh token unless one is given.
    func send(
        _ body: [UInt8], token: String? = nil, userAgent: String? = "banana-pay/1.0.0",
        contentType: String? = "application/json", now: Date = .now
    ) throws -> Reply {
        answer(
            .post(
                Emulator.eventPath, body, contentType: contentType,
                headers: [("HTTP_AUTHORIZATION", try token ?? self.token(now: now)), ("HTTP_USER_AGENT", userAgent)]),
            now: now)
    }

    func get(_ path: String, query: String = "") -> Reply {
        let parameters = Parameters([
            (name: "REQUEST_METHOD", value: "GET"), (name: "DOCUMENT_URI", value: path),
            (name: "QUERY_STRING", value: query),
        ])
        return answer(Request(parameters: parameters, body: .complete([])), now: .now)
    }
}

extension Request {
    static func post(
        _ path: String, _ body: [UInt8], contentType: String? = "application/json",
        headers: [(String, String?)] = []
    ) -> Request {
        var pairs: [(name: String, value: String)] = [
            (name: "REQUEST_METHOD", value: "POST"), (name: "DOCUMENT_URI", value: path),
        ]
        if let contentType { pairs.append((name: "CONTENT_TYPE", value: contentType)) }
        for case (let name, let value?) in headers { pairs.append((name: name, value: value)) }
        return Request(parameters: Parameters(pairs), body: .complete(body))
    }
}

extension Reply {
    var json: JSON { JSON(parsing: response.body) ?? .null }
    var status: Int { response.status }
    /// What a Wix error says was wrong, by field.
    var fields: [String] {
        guard case .array(let problems)? = json["details"]?["applicationError"]?["data"]?["problems"] else { return [] }
        return problems.compactMap { $0["field"]?.text }
    }
}

/// Made for these tests.
enum TestKey {
    static let privatePEM = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCYcSwJFZ6TnND1
        PLIrcs0YMe0a95alvbgn6q2FJsFAuGlM2JuUUND0SOmDuXWGW+G81AvIYueDlSv7
        jV6+7BbJWYayG8orGTW+BV/osJuFPq9qOVFlVIhIXEjy4rjRAMGfshvLIr9GnjL3
        2VhsVJsyiA0F8J851lQDXXqYSVi9K+ZiMQwN4jeZLcrsGh5PfwG+CgT1R8qrhkb5
        8eGtyiPQuohtiyDuQ6XLWBR9xGlrepP4UhSkfKTEpohlfOAYSw1wA4mtEh1hT/fp
        nY8hCGlbIx7W25zgnmJqpQc6c+8V5iz9REfE/rY4UsChKG3wcAuJc1RoVFwrP/JW
        NQ3rsk+dAgMBAAECggEAD3tI4VhOfUfLCeji4Fo9nYQuhBNae5Ufr4AcJL5pmHjS
        CuGhtUea3QBNpNjQKHfK3mo7kxuGTxz2dUrncSTZcJP0w8BiQQvDozt5AND0zmyu
        FG/jRhL2b0DeELq5UdKNl3oXbAMooVOeMgEjA4d5JoHeLrj/9rf/WsMi2PXz+uwj
        DS+VjcrjHHzWQqAeSZbm4uHEbY9H9c29GKU+17JsBNq8S8QobD3w8hZQosX3Wg8g
        0d73iz6aUwDreuOylOHMkU5XOxA9VYGvn/zBe6tVcacZDDQgsRh+w+6bYNuv8ud/
        dqqfG1MTgXVMr9ujM1JSycVMFSl+GubS9VOuVzuNgQKBgQDJCDPVVQ9C5xi3p6Ox
        Yg+25ydbs325EQOnHZw2iDMKJ+Nr/FLmE8YV9BvyvCRlE1yyFRZPvwHS0QW/YtpW
        rEC1cVRxC2jx+JpPLqt40I6tOMQ5dtedhDFWw+XcVELx5JNjOcQxcM6eTlAOczqA
        4GQQESQcM9XxSQr943UEWT/ZgQKBgQDCH8egJ1v74idHJ8sJrOVsNt+cVJlsBGQl
        edZHk/gExesJ7Bndn4DLkCUwkiEEWlRBJChWx0LuRot8qLOdkF+Pdsw7Au9SBDII
        oYuh7aH48duOcl2GLMDmcPOZk+gqs1IZ0+HebMwRPUzMiiueT7FISVo8N2UWx1zH
        cNTNC1SsHQKBgGeCIa4mLcV01/U4C8C5jP3P5yQANyui5w6U4GnzltQT1bU0Jjrw
        031aQ0moNdUVMxU+Zk6JOpchqKPychlOd8L0p1XNWiu8pTdAAGokeFIYeHBeEIa6
        Ge1i0GexuwZxerIMfEg4nSpFiFLoYacZ4mujZ8RdrDqgMVioVQf4LDgBAoGASo4O
        CzJSn5Ch6TAdSKAAlOkWRGIxckzVcZczdtYbgSnKNUtaO8XQn13DCr50s8lFZqdO
        XtW0nPK3C693HGKgcOb9VQSxiVxXIv14NT6g4I1y92hxBuEVTOvAgxFNL2kjdQvt
        SZGbZluWrU+7pNeSjOKvJ0VXK8JxnZ91+zII2PkCgYBJeBjBnOBLvMtHSKj7HLg3
        wgAWNP5rVLiLEUMQ/CdWBWawSts8r8lc10xLSuKhhUNUMZO/LDZVy8FEVAdcu9TO
        3D/j97pLI3qig9qz7WSv8q/OXVbo2OVAyPrkqxtGaIfuWAqVTzVcwG3g6EpwP9Q6
        Tb8GL3yEk8Z6fkko8hKdzQ==
        -----END PRIVATE KEY-----
        """

    static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmHEsCRWek5zQ9TyyK3LN
        GDHtGveWpb24J+qthSbBQLhpTNiblFDQ9Ejpg7l1hlvhvNQLyGLng5Ur+41evuwW
        yVmGshvKKxk1vgVf6LCbhT6vajlRZVSISFxI8uK40QDBn7IbyyK/Rp4y99lYbFSb
        MogNBfCfOdZUA116mElYvSvmYjEMDeI3mS3K7BoeT38BvgoE9UfKq4ZG+fHhrcoj
        0LqIbYsg7kOly1gUfcRpa3qT+FIUpHykxKaIZXzgGEsNcAOJrRIdYU/36Z2PIQhp
        WyMe1tuc4J5iaqUHOnPvFeYs/URHxP62OFLAoSht8HALiXNUaFRcKz/yVjUN67JP
        nQIDAQAB
        -----END PUBLIC KEY-----
        """
}
