// swift-tools-version: 6.2
import PackageDescription

/// Every target compiles in Swift 6 mode with the stricter import and existential rules.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "pspd",
    products: [
        .executable(name: "pspd", targets: ["pspd"]),
        .executable(name: "wix-emulator", targets: ["wix-emulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        // MARK: C libraries
        .systemLibrary(name: "CFastCGI", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // MARK: Lowest first; nothing imports upward
        .target(name: "CrashPoints", swiftSettings: strict),
        .target(name: "FastCGI", dependencies: ["CFastCGI"], swiftSettings: strict),
        .target(name: "Metrics", swiftSettings: strict),
        .target(name: "WixPayments", swiftSettings: strict),
        .target(name: "RequestDigest", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "Payments", dependencies: ["WixPayments"], swiftSettings: strict),
        .target(name: "Notifications", dependencies: ["RequestDigest", "WixPayments"], swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: [
                "Payments", "WixPayments",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Processors",
            dependencies: [
                "CrashPoints", "Metrics", "WixPayments", "Payments",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Endpoints",
            dependencies: [
                "CrashPoints", "Metrics", "WixPayments", "RequestDigest", "Payments", "Notifications", "Store",
                "Processors",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Courier",
            dependencies: [
                "CrashPoints", "Metrics", "WixPayments", "Payments", "Store", "Processors",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Master",
            dependencies: [
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "pspd",
            dependencies: [
                "CrashPoints", "FastCGI", "Metrics", "WixPayments", "RequestDigest", "Payments", "Notifications",
                "Store", "Processors", "Endpoints", "Courier", "Master",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "WixEmulator",
            dependencies: [
                "FastCGI", "WixPayments", "RequestDigest",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "wix-emulator",
            dependencies: [
                "WixEmulator", "FastCGI", "WixPayments", "RequestDigest",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // MARK: Tests
        .testTarget(name: "FastCGITests", dependencies: ["FastCGI"], swiftSettings: strict),
        .testTarget(name: "WixPaymentsTests", dependencies: ["WixPayments"], swiftSettings: strict),
        .testTarget(name: "RequestDigestTests", dependencies: ["RequestDigest"], swiftSettings: strict),
        .testTarget(
            name: "WixEmulatorTests",
            dependencies: ["WixEmulator", "FastCGI", "RequestDigest", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["WixEmulator", "FastCGI", "RequestDigest", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProcessorsTests",
            dependencies: [
                "Processors", "Notifications", "WixPayments", "Payments", "TestStack",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NotificationsTests", dependencies: ["Notifications", "RequestDigest", "WixPayments"],
            swiftSettings: strict
        ),
        // Random numbers that a seed repeats.
        .target(name: "TestChance", path: "Tests/TestChance", swiftSettings: strict),
        .testTarget(
            name: "PaymentsTests", dependencies: ["Payments", "WixPayments", "TestChance"], swiftSettings: strict
        ),
        .testTarget(
            name: "MasterTests",
            dependencies: [
                "Master",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PspdTests",
            dependencies: [
                "pspd", "Master", "Metrics", "Payments", "RequestDigest", "Store", "WixPayments",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(name: "TestPrometheus", path: "Tests/TestPrometheus", swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Store", "Payments", "WixPayments", "TestChance",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CourierTests",
            dependencies: [
                "Courier", "Store", "Processors", "Payments", "WixPayments",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics", "TestPrometheus"], swiftSettings: strict),
        .testTarget(
            name: "EndpointsTests",
            dependencies: [
                "Endpoints", "Courier", "Metrics", "Notifications", "Payments", "Processors", "RequestDigest", "Store",
                "WixPayments", "TestPrometheus",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        // What Tests/load/drain compares the courier with.
        .executableTarget(
            name: "bare-loop",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/load/BareLoop",
            swiftSettings: strict
        ),
        // What end-to-end tests share: nginx, pspd and wix-emulator, started and observed; and a JSON value for tests.
        .target(
            name: "TestStack",
            dependencies: [
                "FastCGI", "RequestDigest",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/TestStack",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestStack", "TestChance", "RequestDigest", "pspd", "wix-emulator"],
            swiftSettings: strict
        ),
        // Abuse, nginx's site and secrets: kept from the others, whose seconds they would take.
        .testTarget(
            name: "HardeningTests", dependencies: ["TestStack", "RequestDigest", "pspd", "wix-emulator"],
            swiftSettings: strict
        ),
    ]
)

// MARK: Tests/fuzz/run
// It builds with sanitizers, and a part of the package: all of it, the HTTP client among it, would take many minutes.
// PACKAGE_TARGETS names the targets that are left, with what they depend on.
if let names = Context.environment["PACKAGE_TARGETS"] {
    // libFuzzer brings its main function, so nothing else can link it.
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FastCGI", "Notifications", "RequestDigest", "WixPayments"],
            path: "Tests/fuzz/Targets", swiftSettings: strict))
    var kept: Set<String> = []
    var open = names.split(separator: " ").map(String.init)
    while let name = open.popLast() {
        guard kept.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else {
            continue
        }
        for case .byNameItem(let dependency, _) in target.dependencies { open.append(dependency) }
    }
    package.products = []
    package.targets.removeAll { !kept.contains($0.name) }
}
