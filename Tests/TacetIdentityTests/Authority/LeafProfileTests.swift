import Foundation
import TacetDocument
import Testing

@testable import TacetIdentity

/// Profiles in YAML: what they grant, and that what is wrong in one is found.
@Suite struct LeafProfileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let text = """
    profile: 1
    ttl: {default: 1h, min: 1m, max: 24h}
    keys: [p384, ed25519]
    extended_key_usage: []
    roles: [camera]
    names: {dns: false, ip: true}

    """

  private func load(_ text: String) throws -> LeafProfile {
    try LeafProfile.load(from: folder.write(text, to: "small.yaml"))
  }

  /// The file in the project is the built-in one.
  @Test func projectsOwn() throws {
    var project = URL(fileURLWithPath: #filePath)
    while !FileManager.default.fileExists(atPath: project.appendingPathComponent("Package.swift").path) {
      project.deleteLastPathComponent()
    }
    let profiles = project.appendingPathComponent("CA/profiles")
    #expect(try LeafProfile.load(from: profiles.appendingPathComponent("default.yaml")) == .standard)
    #expect(
      try LeafProfile.load(from: profiles.appendingPathComponent("camera.yaml")).roles == ["camera", "controller"])
  }

  @Test func whatIsGranted() throws {
    let profile = try load(Self.text)
    let domain = try TrustDomain("mesh.example")
    let authority = try CertificateAuthority.ephemeral(trustDomain: domain)
    let camera = try SPIFFEID(trustDomain: domain, role: "camera", name: "a")
    let issued = try authority.issue(camera, ipAddresses: ["10.0.0.1"], profile: profile)
    #expect(abs(issued.notAfter.timeIntervalSinceNow - 3600) < 60)
    let gateway = try SPIFFEID(trustDomain: domain, role: "gateway", name: "a")
    #expect(throws: IdentityError.self) { try authority.issue(gateway, profile: profile) }
    #expect(throws: IdentityError.self) { try authority.issue(camera, lifetime: .seconds(86401), profile: profile) }
    #expect(throws: IdentityError.self) { try authority.issue(camera, dnsNames: ["a.example"], profile: profile) }
  }

  @Test(
    arguments: [
      ("keys: [p384, ed25519]", "keys: [rsa]"), ("keys: [p384, ed25519]", "keys: [p192]"),
      ("keys: [p384, ed25519]", "keys: []"), ("keys: [p384, ed25519]", "keys: [p256, p256]"),
      ("extended_key_usage: []", "extended_key_usage: [client_auth]"),
      ("extended_key_usage: []", "extended_key_usage: [client_auth, code_signing]"),
      ("roles: [camera]", "roles: []"), ("roles: [camera]", "roles: [../x]"), ("max: 24h", "max: 91d"),
      ("default: 1h", "default: 25h"), ("min: 1m", "min: 1s"), ("dns: false", "dns: maybe"),
      ("profile: 1", "profile: 2"), ("profile: 1", "profile: 1\nextra: 1"),
    ])
  func wrong(old: String, new: String) throws {
    #expect(throws: DocumentError.self) { try load(Self.text.replacingOccurrences(of: old, with: new)) }
  }
}
