// swift-tools-version: 6.1
import PackageDescription

/// One set of settings for every Swift target. MemberImportVisibility is not among them: which clang module it takes for the
/// home of C's `struct stat` depends on the order of the build (Swift 6.3, Linux), so a clean build could fail.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of the architecture: one domain concept, imports only downwards (see Documentation/Architecture.md).
func room(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "tacet",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "tacet", targets: ["tacet"]),
    .library(name: "TacetLog", targets: ["TacetLog"]),
    .library(name: "TacetPrivacy", targets: ["TacetPrivacy"]),
    .library(name: "TacetIdentity", targets: ["TacetIdentity"]),
    .library(name: "TacetWire", targets: ["TacetWire"]),
    .library(name: "TacetTrust", targets: ["TacetTrust"]),
    .library(name: "TacetInference", targets: ["TacetInference"]),
    .library(name: "TacetRefresh", targets: ["TacetRefresh"]),
    .library(name: "TacetPolicy", targets: ["TacetPolicy"]),
    .library(name: "TacetAudit", targets: ["TacetAudit"]),
    .library(name: "TacetTransport", targets: ["TacetTransport"]),
    .library(name: "TacetEnrolment", targets: ["TacetEnrolment"]),
    .library(name: "TacetMesh", targets: ["TacetMesh"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.40.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // System libraries and C.
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
    .systemLibrary(
      name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(
      name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .systemLibrary(
      name: "CP11Kit", pkgConfig: "p11-kit-1", providers: [.apt(["libp11-kit-dev"]), .brew(["p11-kit"])]),
    .systemLibrary(name: "CSyncFS"),
    .target(name: "CNoise"),
    .target(name: "COnnxRuntime"),
    .target(name: "COrder"),

    // Rooms, lowest first.
    room("TacetDocument", [.product(name: "Yams", package: "Yams")]),
    room("TacetLog", [.product(name: "Crypto", package: "swift-crypto")]),
    room(
      "TacetPrivacy",
      [
        "TacetLog", "CNoise", "CLibcrypto", "CPostgres", "CSodium", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ], exclude: ["Noise/NoiseScale.md"]),
    room(
      "TacetIdentity",
      [
        "TacetDocument", "TacetLog", "CP11Kit", "CSodium", "CSyncFS",
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"), .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "_CryptoExtras", package: "swift-crypto"),
      ]),
    room("TacetWire", [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    room("TacetTrust", ["COrder"]),
    room("TacetInference", ["COnnxRuntime", "TacetDocument", .product(name: "Crypto", package: "swift-crypto")]),
    room("TacetRefresh", ["TacetInference", "TacetLog", "TacetPrivacy", "TacetTrust"]),
    room(
      "TacetPolicy",
      [
        "TacetDocument", "TacetIdentity", "TacetLog", "TacetPrivacy", "TacetRefresh", "TacetWire", "TacetTrust",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    room(
      "TacetAudit",
      ["TacetInference", "TacetLog", "TacetPrivacy", "TacetRefresh", "TacetTrust", "TacetWire", "TacetPolicy"]),
    room(
      "TacetTransport",
      [
        "TacetDocument", "TacetIdentity", "TacetWire",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    room(
      "TacetEnrolment",
      [
        "TacetIdentity", "TacetLog", "TacetTransport",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    room(
      "TacetMesh",
      [
        "TacetDocument", "TacetEnrolment", "TacetIdentity", "TacetInference", "TacetLog", "TacetPolicy", "TacetPrivacy",
        "TacetRefresh", "TacetTransport", "TacetTrust", "TacetWire",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOCertificateHelpers", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "X509", package: "swift-certificates"),
      ]),
    room(
      "TacetDemo",
      [
        "TacetAudit", "TacetIdentity", "TacetInference", "TacetLog", "TacetMesh", "TacetPolicy", "TacetPrivacy",
        "TacetTransport", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .executableTarget(
      name: "tacet",
      dependencies: [
        "TacetAudit", "TacetDemo", "TacetDocument", "TacetEnrolment", "TacetIdentity", "TacetInference", "TacetLog",
        "TacetMesh", "TacetPolicy", "TacetPrivacy", "TacetRefresh", "TacetTransport", "TacetTrust",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // A server for the tests that need one.
    .target(name: "PostgresServer", path: "Tests/PostgresServer", swiftSettings: strict),

    // What the chains of Fixtures/identity must come to, for the three test targets that present them.
    .target(name: "IdentityFixtures", path: "Tests/IdentityFixtures", swiftSettings: strict),

    // Repeatable random input.
    .target(name: "SeededGenerator", path: "Tests/SeededGenerator", swiftSettings: strict),

    tests("TacetDocumentTests", ["TacetDocument"]),
    tests("TacetLogTests", ["TacetLog"]),
    tests(
      "TacetPrivacyTests",
      [
        "TacetPrivacy", "TacetAudit", "TacetLog", "CNoise", "PostgresServer", "SeededGenerator",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Vectors"]),
    tests(
      "TacetIdentityTests",
      [
        "TacetIdentity", "TacetDocument", "TacetLog", "IdentityFixtures",
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"), .product(name: "Crypto", package: "swift-crypto"),
      ],
      exclude: ["Limbo/README.md"]),
    tests(
      "TacetWireTests",
      ["TacetWire", "SeededGenerator", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    tests("TacetTrustTests", ["TacetTrust", "SeededGenerator"]),
    tests(
      "TacetInferenceTests",
      ["TacetInference", "TacetDocument", "TacetPrivacy", .product(name: "Crypto", package: "swift-crypto")]),
    tests(
      "TacetRefreshTests",
      ["TacetRefresh", "TacetInference", "TacetLog", "TacetPrivacy", "TacetTrust", "SeededGenerator"]),
    tests(
      "TacetPolicyTests",
      [
        "TacetPolicy", "TacetDocument", "TacetIdentity", "TacetLog", "TacetPrivacy", "TacetTrust", "TacetWire",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    tests(
      "TacetAuditTests",
      [
        "TacetAudit", "TacetLog", "TacetPrivacy", "TacetTrust", "TacetWire", "SeededGenerator",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Vectors"]),
    tests(
      "TacetEnrolmentTests",
      [
        "TacetEnrolment", "TacetIdentity", "TacetTransport", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRPCCore", package: "grpc-swift-2"), .product(name: "Logging", package: "swift-log"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "X509", package: "swift-certificates"),
      ]),
    tests(
      "TacetCommandTests",
      [
        "tacet", "IdentityFixtures", "PostgresServer", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    tests(
      "TacetDemoTests",
      ["TacetDemo", "TacetAudit", "TacetInference", "TacetLog", "TacetMesh", "TacetPolicy", "TacetTransport"]),
    tests(
      "TacetMeshTests",
      [
        "TacetMesh", "TacetIdentity", "TacetInference", "TacetLog", "TacetPolicy", "TacetPrivacy", "TacetRefresh",
        "TacetTransport", "TacetTrust", "TacetWire",
        "IdentityFixtures", "SeededGenerator",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRPCCore", package: "grpc-swift-2"), .product(name: "Logging", package: "swift-log"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"), .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
  ]
)
