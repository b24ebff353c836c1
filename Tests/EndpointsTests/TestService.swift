// A worker's endpoints over a real store and the sandbox, in a folder of its own, without FastCGI.

import Foundation
import Logging
import Metrics
import Notifications
import Processors
import RequestDigest
import Store
import Testing
import WixPayments

@testable import Endpoints

final class TestService {
    /// What must never be seen on a page: the card and the credentials of the examples, and the buyer.
    static let marks = [
        "4111111111111111", "\"737\"", "mk_live_7Qd2", "ms_live_c91f0e", "Moreau", "ada@", "Rue des Lilas",
    ]

    let folder: URL
    let store: Store
    let metrics: Metrics
    let service: EndpointService
    let settings: OperatorSettings

    var path: String { store.path }

    /// `clock` stands still where a test looks at ages.
    init(
        minFreeMegabytes: Int = 0, keyBits: Int = 2_048, pages: Bool = true,
        actionCodes: ActionCodes = ActionCodes(
            alreadyCaptured: nil, alreadyVoided: nil, amountMismatch: nil, failed: nil),
        processor: (any PaymentProcessor)? = nil,
        clock: @escaping @Sendable () -> Int64 = TestService.now
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("endpoints-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let path = folder.appendingPathComponent("pspd.db").path
        let metrics = try Metrics(store: path)
        self.metrics = metrics
        store = try Store(path: path) { took, jobs in
            metrics.observe(.storeCommit, took)
            metrics.count(.storeJob, jobs)
        }
        let key = try PublicKey(pem: TestKey.of(bits: keyBits).publicPEM)
        settings = OperatorSettings(
            version: "1.2.3", keys: [OperatorSettings.Key(key)], minFreeMegabytes: minFreeMegabytes,
            alertAfterMinutes: 60)
        service = EndpointService(
            settings: EndpointSettings(
                requireConnectedMerchant: false, inFlightWaitSeconds: 5, answerDeadlineSeconds: 8,
                redirectExpiryMinutes: 30, maxWaitingRequests: 10,
                actionCodes: actionCodes),
            verifier: DigestVerifier(keys: [key], clockSkewSeconds: 30),
            notifications: try NotificationVerifier(
                secrets: Secret("whsec_" + Data(repeating: 7, count: 32).base64EncodedString())),
            store: store,
            processor: processor
                ?? SandboxProcessor(
                    SandboxSettings(
                        pendingSeconds: 2, currencies: nil, servesLive: true, publicBaseURL: nil,
                        effectsPath: path + ".effects.jsonl")),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metrics: metrics,
            operators: pages ? settings : nil, clock: clock, release: { _ in })
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    @Sendable static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// Runs a request to its end and counts it, as a worker does.
    @discardableResult func answer(_ request: EndpointRequest) async -> EndpointResponse {
        let response =
            switch service.admit(request) {
            case .answer(let response): response
            case .work(let work): await work()
            }
        service.note(request, response, took: .milliseconds(3))
        return response
    }

    func get(
        _ path: String, method: String = "GET", accept: String? = nil, from address: String? = nil
    ) async -> EndpointResponse {
        await answer(
            EndpointRequest(
                method: method, path: path, contentType: nil, digests: [], body: .complete([]), requestID: "r",
                address: address,
                header: { name in name == "accept" ? accept.map { [$0] } ?? [] : [] }))
    }

    /// A genuine call of Wix, with one of the examples as its body and members replaced.
    func call(
        _ endpoint: String, _ example: String, with members: [String: Any] = [:]
    ) async throws -> EndpointResponse {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/examples/\(example).json")
        var object = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: fixtures)) as? [String: Any])
        object.merge(members) { _, new in new }
        let body = Array(try JSONSerialization.data(withJSONObject: object))
        return await answer(Self.request(endpoint, body: body, digests: [try TestKey.of(bits: 2_048).digest(body)]))
    }

    static func request(
        _ endpoint: String, method: String = "POST", contentType: String? = "application/json", body: [UInt8],
        digests: [String]
    ) -> EndpointRequest {
        EndpointRequest(
            method: method, path: "/v1/\(endpoint)", contentType: contentType, digests: digests, body: .complete(body),
            requestID: "r")
    }
}

/// A key pair made for this run.
struct TestKey {
    let privatePEM: String
    let publicPEM: String

    private static let all = Result { [1_024: try TestKey(bits: 1_024), 2_048: try TestKey(bits: 2_048)] }

    static func of(bits: Int) throws -> TestKey { try #require(try all.get()[bits]) }

    private init(bits: Int) throws {
        privatePEM = try Self.openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)"], "")
        publicPEM = try Self.openssl(["pkey", "-pubout"], privatePEM)
    }

    func digest(_ body: [UInt8]) throws -> String {
        let now = TestService.now() / 1_000
        return try DigestSigner(privateKeyPEM: privatePEM).header(for: body, issuedAt: now - 1, expiresAt: now + 60)
    }

    private static func openssl(_ arguments: [String], _ input: String) throws -> String {
        let process = Process()
        let (standardInput, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return text
    }
}

extension EndpointResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    var object: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) }
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
