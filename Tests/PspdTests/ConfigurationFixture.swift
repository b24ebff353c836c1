// A folder with a valid configuration and the files it names, for tests that change one thing in it.

import Foundation

@testable import pspd

/// One test's configuration, gone with it.
final class ConfigurationFixture: Sendable {
    let folder: String

    /// Where socket and store are made; the defaults are no places for a test.
    static let places = "listen: {folder}/worker.sock\nstore: {folder}/pspd.db\n"

    /// The smallest valid configuration, with the sandbox; `{folder}` stands for the folder.
    static let minimal =
        places + """
            public-base-url: https://pay.example.com
            processor: sandbox
            wix:
              app-id: 3f1c0000-aaaa-bbbb-cccc-000000000000
              app-secret-file: {folder}/app-secret
              public-key-files: ["{folder}/wix.pem"]

            """

    /// The same with the gateway.
    static let gateway =
        minimal.replacing("sandbox", with: "gateway") + """
            gateway:
              base-url: https://gateway.internal/
              token-file: {folder}/gateway-token

            """

    init() throws {
        folder = NSTemporaryDirectory() + "pspd-configuration-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write("app-secret", "the app secret\n")
        try write("gateway-token", "the-token\n")
        try write("wix.pem", Self.publicKey)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a file into the folder; returns its path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    /// Loads a configuration with the given text.
    func load(
        _ yaml: String = minimal, roles: Set<Role> = .all, environment: [String: String] = [:]
    ) throws(ConfigurationFaults) -> PspdConfiguration.Loaded {
        try PspdConfiguration.load(file: file(yaml), roles: roles, environment: environment)
    }

    /// The faults of a configuration, none when it loads.
    func faults(
        _ yaml: String = minimal, roles: Set<Role> = .all, environment: [String: String] = [:]
    ) -> [Finding] {
        do throws(ConfigurationFaults) {
            _ = try load(yaml, roles: roles, environment: environment)
            return []
        } catch {
            return error.faults
        }
    }

    /// The configuration file with the given text.
    func file(_ yaml: String) -> String {
        let text = yaml.replacing("{folder}", with: folder)
        // The folder was made for this; a failed write shows as a fault in the test.
        return (try? write("pspd.yaml", text)) ?? "\(folder)/pspd.yaml"
    }

    /// A root certificate, made for these tests; its key was thrown away.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCARugAwIBAgIUVeIY5dpyZAP6Utn3GE0JHqEOKw4wCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEcm9vdDAgFw0yNjExMjExMTU4MDJaGA8yMTI2MTAyODExNTgw
        MlowDzENMAsGA1UEAwwEcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ7b
        auskOwvEeRbTca5A6qZxJWTY6kZmvaf26NaiZcdSJ42YQxoEeDgcEv4YhilB5Dux
        ozVGFrgLSFHntTmvcyijUzBRMB0GA1UdDgQWBBRbAy1YwTetz7ZkglogtZMR/awh
        ZTAfBgNVHSMEGDAWgBRbAy1YwTetz7ZkglogtZMR/awhZTAPBgNVHRMBAf8EBTAD
        AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDaQjMujieUpZsxeMf1My+xT9+MkZ/WqXI2
        K8mkvUViAQIhALCJ6Oz3hMpeysy9ym3+Js34kEX5vU/Y75BdcrDKkaSZ
        -----END CERTIFICATE-----

        """

    /// From openssl genrsa 2048, made for these tests; its private half was thrown away.
    static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtzouLPVwW71z68+AQbsO
        cg7EXU0nt0UAYEaqCBP4hcDAPVEGJ6Bbw7vGJO6cpoubhabINNHXomwtRNARdpUk
        Gck5Z4UTV+XoMZXVZbSOd1jemL95cEI5BU3IZLt3qOAnMFCQWXB5X2XHp8eJ/iIs
        M3V5prYPmzuOMxNPi2g7kdNpAThrc5i3secGfhZeDvgCEcyaPlX4u2jqUl84xWLU
        68kmk5+oCMoGGZFHrVhW9Yh1Nh3yx/jpbwxR/DBg4Zajrz7Eu7gYGZX+3V6Wtmzg
        2PBq+RpJQeALg9vqNMLOgUW/mYnPwKSF+dKnWC8GaQdkoqLBV1T8hWWyCMsvHlFQ
        zwIDAQAB
        -----END PUBLIC KEY-----

        """

    /// The same with 1024 bits.
    static let shortPublicKey = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCw1vvJhwEGMIIfdIWq2fVJ7JmO
        v+PrEnC01IHoHjKvhNZbEVLf+nnbOjyyirk2ivXKRqtu1cdYUu0N6fFvvhxsTwH0
        ENc/io7mz9hMAUwKUD59bxkyN3JSmxAdszdCdY7HR6hRBCh9qFnQmwsEa9+/eCl7
        WHu1T3jiVWfQGFsvXQIDAQAB
        -----END PUBLIC KEY-----

        """
}
