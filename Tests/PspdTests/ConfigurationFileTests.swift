// The files that a configuration names: who reads them, where relative ones are looked for, what is refused.

import Foundation
import Glibc
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
        try fixture.write("notifications", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
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
    static let secrets = [
        ("s", "s"), ("s\n", "s"), ("s\n\n", "s\n"), (" s \n", " s "), ("s\r\n", "s"), ("s\r\n\r\n", "s\r\n"),
    ]

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
        (Data("\r\n".utf8), "is empty"),
        (Data(" \t\n\n".utf8), "holds nothing but white space"),
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

    private static let nobody: uid_t = 65_534

    /// Modes of a secret's file and folder, the file's group, and whether the owner of the store can read it.
    static let secretModes: [(file: Int, folder: Int, group: gid_t, isReadable: Bool)] = [
        (0o600, 0o755, nobody, false), (0o640, 0o755, 0, false), (0o640, 0o700, nobody, false),
        (0o640, 0o755, nobody, true),
    ]

    @Test(
        "For a service of another user, root is warned of a secret with a whole path that only root can read",
        .enabled(if: geteuid() == 0), arguments: secretModes)
    func rootAlone(_ file: Int, _ folder: Int, _ group: gid_t, _ isReadable: Bool) throws {
        let fixture = try ConfigurationFixture()
        let path = try fixture.write("app-secret", "s", mode: file)
        #expect(chown(path, 0, group) == 0)
        try FileManager.default.setAttributes([.posixPermissions: folder], ofItemAtPath: fixture.folder)
        let store = "\(fixture.folder)/store"
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: false)
        let yaml = ConfigurationFixture.minimal.replacing("{folder}/pspd.db", with: "\(store)/pspd.db")
        #expect(try fixture.load(yaml).warnings == [], "the store is root's, and so is the service")
        #expect(chown(store, Self.nobody, Self.nobody) == 0)
        let warnings = try fixture.load(yaml).warnings
        #expect(warnings.map(\.key) == (isReadable ? [] : ["wix.app-secret-file"]))
        #expect(warnings.allSatisfy { $0.reason.hasPrefix("\(path): only root can read this") })
        let bare = yaml.replacing("{folder}/app-secret", with: "app-secret")
        #expect(try fixture.load(bare, environment: ["CREDENTIALS_DIRECTORY": fixture.folder]).warnings == [])
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
        let fixture = try ConfigurationFixture()
        let name = key == "listen" ? "worker.sock" : "pspd.db"
        let loaded = try fixture.load(ConfigurationFixture.minimal.replacing("{folder}/\(name)", with: name))
        let path = key == "listen" ? loaded.configuration.listen : loaded.configuration.store
        #expect(path == "\(FileManager.default.currentDirectoryPath)/\(name)")
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
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        for text in ["text", "-----BEGIN CERTIFICATE-----\n", damaged, ConfigurationFixture.publicKey] {
            try fixture.write("ca.pem", text)
            #expect(
                fixture.faults(yaml).map(\.reason) == [
                    "\(fixture.folder)/ca.pem: holds no certificate in PEM that can be read"
                ])
        }
        try fixture.write("ca.pem", ConfigurationFixture.certificate)
        #expect(try fixture.load(yaml).configuration.wix.caFile == "\(fixture.folder)/ca.pem")
    }

    // MARK: What the programs would refuse later

    /// Tokens that no header can carry.
    static let badTokens = ["a b", "abc\rdef", "abc\nX-Evil: 1", "abc\n\n", "a\0b", "tök", "\tabc", "abc\u{7F}"]

    @Test("A token that no header can carry is a fault, which does not show it", arguments: badTokens)
    func badToken(_ token: String) throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("gateway-token", token + "\n")
        for roles: Set<Role> in [[.worker], [.courier], .all] {
            let found = fixture.faults(ConfigurationFixture.gateway, roles: roles)
            #expect(found.map(\.key) == ["gateway.token-file"])
            #expect(
                found.first?.reason.hasPrefix("\(fixture.folder)/gateway-token: the gateway's token must be") == true)
            #expect(found.first?.reason.contains(token) == false)
        }
    }

    /// Files that no signature could be checked with, and a part of the reason.
    static let badNotificationSecrets = [
        ("", "is empty"), (" \n", "white space"), ("hello", "whsec_ and base64"), ("whsec_!!!!", "whsec_ and base64"),
        ("whsec_", "16 to 512 bytes"), ("whsec_YQ==", "16 to 512 bytes"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwYQ", "padded"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw oops", "whsec_ and base64"),
        (Array(repeating: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", count: 9).joined(separator: "\n"), "more than 8"),
    ]

    @Test(
        "A notification secret that signs nothing is a fault, which does not show it", arguments: badNotificationSecrets
    )
    func badNotificationSecret(_ text: String, _ reason: String) throws {
        let fixture = try ConfigurationFixture()
        let path = try fixture.write("notifications", text + "\n")
        let yaml = ConfigurationFixture.gateway + "  notification-secret-file: {folder}/notifications\n"
        let found = fixture.faults(yaml)
        #expect(found.map(\.key) == ["gateway.notification-secret-file"])
        #expect(found.first?.reason.hasPrefix("\(path): ") == true)
        #expect(found.first?.reason.contains(reason) == true, "\(found)")
        #expect(!found.description.contains("hello") && !found.description.contains("MfKQ"))
        #expect(fixture.faults(yaml, roles: [.courier]) == [], "only the workers use it")
    }

    @Test("The gateway's root certificates must be readable")
    func gatewayCertificates() throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.gateway + "  ca-file: {folder}/ca.pem\n"
        try fixture.write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        #expect(fixture.faults(yaml).map(\.key) == ["gateway.ca-file"])
        try fixture.write("ca.pem", ConfigurationFixture.certificate)
        #expect(fixture.faults(yaml) == [])
    }

    /// Where no store can be, and the system's words.
    static let badStores = [
        ("{folder}/wix.pem/pspd.db", "{folder}/wix.pem/: Not a directory"),
        ("{folder}", "{folder}: Is a directory"),
    ]

    @Test("A store in what is no folder is a fault for the roles that open it", arguments: badStores)
    func noFolderOfStore(_ path: String, _ reason: String) throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.minimal.replacing("{folder}/pspd.db", with: path)
        for roles: Set<Role> in [[.worker], [.courier], .all] {
            let found = fixture.faults(yaml, roles: roles)
            #expect(found.map(\.key) == ["store"])
            #expect(found.map(\.reason) == [reason.replacing("{folder}", with: fixture.folder)])
        }
        #expect(fixture.faults(yaml, roles: []) == [])
    }

    @Test("A folder of the store that is not there yet is a warning: the check may come before it")
    func noFolderYet() throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.minimal.replacing("{folder}/pspd.db", with: "{folder}/gone/pspd.db")
        let warnings = try fixture.load(yaml).warnings
        #expect(warnings.map(\.key) == ["store"])
        #expect(warnings.map(\.reason) == ["\(fixture.folder)/gone/: No such file or directory"])
    }

    @Test("A folder of the socket that is not there yet is a warning, unless systemd passes the socket")
    func noFolderOfSocket() throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.minimal.replacing("{folder}/worker.sock", with: "{folder}/gone/worker.sock")
        let warnings = try fixture.load(yaml).warnings
        #expect(warnings.map(\.key) == ["listen"])
        #expect(warnings.map(\.reason) == ["\(fixture.folder)/gone/: No such file or directory"])
        #expect(try fixture.load(yaml, roles: [.worker, .courier]).warnings == [], "they are given a socket")
        let passed = ["LISTEN_FDS": "1", "LISTEN_PID": "\(getpid())"]
        #expect(try fixture.load(yaml, environment: passed).warnings == [])
    }

    @Test("A group of the socket that is not there is a fault for root, and a warning for others")
    func noGroup() throws {
        let fixture = try ConfigurationFixture()
        let yaml = ConfigurationFixture.minimal + "socket-group: no-such-group\n"
        var found: [Finding] = []
        do throws(ConfigurationFaults) {
            found = try fixture.load(yaml).warnings
            #expect(geteuid() != 0)
        } catch {
            found = error.faults
            #expect(geteuid() == 0)
        }
        #expect(found.map(\.key) == ["socket-group"])
        #expect(found.map(\.reason) == ["no group is called no-such-group"])
        #expect(fixture.faults(yaml, roles: [.worker, .courier]) == [])
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
            #expect(!text.contains("the app secret") && !text.contains("the-token"))
        }
    }
}
