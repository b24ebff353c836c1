// The files that a configuration names: who reads them, where relative ones are looked for, what is refused.

import Foundation
import RequestDigest
import Testing
import WixPayments

@testable import pspd

@Suite("Configuration files")
struct ConfigurationFileTests {
    /// A file of a valid gateway configuration, and the roles that need it.
    struct Need: Sendable, CustomTestStringConvertible {
        let file: String
        let key: String
        let roles: Set<Role>
        var testDescription: String { key }
    }

    static let needs = [
        Need(file: "app-secret", key: "wix.app-secret-file", roles: [.courier]),
        Need(file: "wix.pem", key: "wix.public-key-files", roles: [.worker]),
        Need(file: "gateway-token", key: "gateway.token-file", roles: [.worker, .courier]),
    ]

    @Test("A role needs only the files that it uses", arguments: needs, Role.allCases)
    func roles(_ need: Need, _ role: Role) throws {
        let fixture = try ConfigurationFixture()
        try FileManager.default.removeItem(atPath: "\(fixture.folder)/\(need.file)")
        let found = fixture.faults(ConfigurationFixture.gateway, roles: [role])
        guard need.roles.contains(role) else {
            #expect(found == [])
            return
        }
        #expect(found.map(\.key) == [need.key])
        #expect(found.first?.reason == "\(fixture.folder)/\(need.file): No such file or directory")
    }

    @Test("A role needs only the keys that it uses", arguments: needs, Role.allCases)
    func requiredKeys(_ need: Need, _ role: Role) throws {
        let lines = ConfigurationFixture.gateway.split(separator: "\n", omittingEmptySubsequences: false)
        let name = try #require(need.key.split(separator: ".").last)
        let yaml = lines.filter { !$0.contains(name) }.joined(separator: "\n")
        let found = try ConfigurationFixture().faults(yaml, roles: [role])
        #expect(found.map(\.key) == (need.roles.contains(role) ? [need.key] : []))
    }

    @Test("The sandbox needs nothing of the gateway's, even where it is set")
    func unusedGateway() throws {
        let section = "gateway: { token-file: /nonexistent/token, ca-file: /nonexistent/ca }\n"
        #expect(try ConfigurationFixture().faults(ConfigurationFixture.minimal + section) == [])
    }

    @Test("A configuration for one role holds no secret of the other's")
    func noSecretsOfOthers() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("notifications", "whsec_AAAA")
        let yaml = ConfigurationFixture.gateway + "  notification-secret-file: {folder}/notifications\n"
        let worker = try fixture.load(yaml, roles: [.worker]).configuration
        #expect(worker.wix.appSecret == nil)
        let courier = try fixture.load(yaml, roles: [.courier]).configuration
        #expect(courier.wix.appSecret != nil)
        #expect(courier.wix.publicKeys.isEmpty)
        guard case .gateway(let gateway) = courier.processor else {
            Issue.record("not the gateway")
            return
        }
        #expect(gateway.notificationSecret == nil)
    }

    /// What a secret's file may hold, and the secret.
    static let secrets = [("s", "s"), ("s\n", "s"), ("s\n\n", "s\n"), (" s \n", " s "), ("s\r\n", "s\r")]

    @Test("One newline at the end of a secret is not part of it", arguments: secrets)
    func newline(_ text: String, _ secret: String) throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("app-secret", text)
        #expect(try fixture.load().configuration.wix.appSecret?.reveal() == secret)
    }

    /// What a secret's file may not hold, and the reason.
    static let badSecrets: [(Data, String)] = [
        (Data(), "is empty"),
        (Data("\n".utf8), "is empty"),
        (Data(repeating: 0x61, count: ConfigurationFiles.secretBytesMax + 1), "is longer than 8192 bytes"),
        (Data([0xFF, 0xFE]), "is not text"),
    ]

    @Test("A secret that can't be one is a fault", arguments: badSecrets)
    func badSecret(_ bytes: Data, _ reason: String) throws {
        let fixture = try ConfigurationFixture()
        try bytes.write(to: URL(fileURLWithPath: "\(fixture.folder)/app-secret"))
        let found = fixture.faults()
        #expect(found.map(\.reason) == ["\(fixture.folder)/app-secret: \(reason)"])
    }

    @Test("A secret that every user can read is a warning")
    func worldReadable() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("app-secret", "s", mode: 0o644)
        let warnings = try fixture.load().warnings
        #expect(warnings.map(\.key) == ["wix.app-secret-file"])
        #expect(warnings.first?.reason.hasSuffix("every user of this machine can read this secret") == true)
    }

    @Test("Relative paths of secrets and keys are looked for among systemd's credentials")
    func credentials() throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.gateway.replacing("{folder}/", with: "")
        let environment = ["CREDENTIALS_DIRECTORY": fixture.folder]
        let configuration = try fixture.load(yaml, environment: environment).configuration
        #expect(configuration.wix.appSecret?.reveal() == "the app secret")
        #expect(configuration.wix.publicKeys.count == 1)
    }

    @Test(
        "A relative path of a secret without systemd's credentials is a fault",
        arguments: [[:], ["CREDENTIALS_DIRECTORY": ""]]
    )
    func noCredentials(_ environment: [String: String]) throws {
        let yaml = ConfigurationFixture.minimal.replacing("{folder}/app-secret", with: "app-secret")
        let found = try ConfigurationFixture().faults(yaml, environment: environment)
        #expect(found.map(\.key) == ["wix.app-secret-file"])
        #expect(found.first?.reason.contains("CREDENTIALS_DIRECTORY") == true)
    }

    @Test("A relative path of something that pspd makes is made whole, with a warning", arguments: ["listen", "store"])
    func relative(_ key: String) throws {
        let loaded = try ConfigurationFixture().load(ConfigurationFixture.minimal + "\(key): some/file\n")
        let path = key == "listen" ? loaded.configuration.listen : loaded.configuration.store
        #expect(path == "\(FileManager.default.currentDirectoryPath)/some/file")
        #expect(loaded.warnings.map(\.key) == [key])
    }

    /// Files that hold no public key for Digest headers, and a part of the reason.
    static let badKeys = [
        ("", "not a PEM key"), ("text", "not a PEM key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged"),
        (ConfigurationFixture.publicKey + ConfigurationFixture.publicKey, "more than one"),
    ]

    @Test("A file without exactly one public key is a fault", arguments: badKeys)
    func badKey(_ text: String, _ reason: String) throws {
        let fixture = try ConfigurationFixture()
        let path = try fixture.write("wix.pem", text)
        let found = fixture.faults()
        #expect(found.map(\.key) == ["wix.public-key-files"])
        #expect(found.first?.reason.hasPrefix("\(path): ") == true)
        #expect(found.first?.reason.contains(reason) == true, "\(found)")
    }

    @Test("Every bad key file of several is named")
    func severalKeys() throws {
        let fixture = try ConfigurationFixture()
        let list = "\"{folder}/wix.pem\", \"{folder}/a.pem\", \"{folder}/b.pem\""
        let yaml = ConfigurationFixture.minimal.replacing("\"{folder}/wix.pem\"", with: list)
        #expect(fixture.faults(yaml).count == 2)
        try fixture.write("a.pem", ConfigurationFixture.shortPublicKey)
        try fixture.write("b.pem", ConfigurationFixture.publicKey)
        let loaded = try fixture.load(yaml)
        #expect(loaded.configuration.wix.publicKeys.map(\.bits) == [2048, 1024, 2048])
        #expect(loaded.warnings.map(\.key) == ["wix.public-key-files"], "1024 bits are few")
    }

    @Test("A file of root certificates must hold one")
    func certificates() throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.minimal + "  ca-file: {folder}/ca.pem\n"
        #expect(fixture.faults(yaml).map(\.key) == ["wix.ca-file"])
        #expect(fixture.faults(yaml, roles: [.worker]) == [], "only the courier uses it")
        try fixture.write("ca.pem", "text")
        #expect(fixture.faults(yaml).first?.reason.hasSuffix("holds no certificate in PEM") == true)
        try fixture.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
        #expect(try fixture.load(yaml).configuration.wix.caFile == "\(fixture.folder)/ca.pem")
    }

    @Test("A gateway without encryption is a warning")
    func plainGateway() throws {
        let yaml = ConfigurationFixture.gateway.replacing("https://gateway", with: "http://gateway")
        #expect(try ConfigurationFixture().load(yaml).warnings.map(\.key) == ["gateway.base-url"])
    }

    @Test("No secret shows when a configuration is printed")
    func description() throws {
        let configuration = try ConfigurationFixture().load(ConfigurationFixture.gateway).configuration
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", dumped] {
            #expect(!text.contains("the app secret") && !text.contains("the token"))
        }
    }
}
