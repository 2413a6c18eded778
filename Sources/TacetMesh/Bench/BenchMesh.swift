package import Foundation
package import TacetIdentity
import TacetPolicy
import TacetPrivacy
import TacetTransport
import TacetWire

/// A throw-away mesh to be measured: an authority in memory, a policy, a gateway and devices, all made up.
package struct BenchMesh: Sendable {
  /// What the folder holds: the gateway's process reads its part of it.
  private enum File {
    static let policy = "policy.yaml"
    static let gateway = "gateway"
  }

  /// The gateway's ID.
  package static let gateway = "gateway/bench"

  /// The policy in force on both ends.
  let policy: Policy
  /// What releases are clipped to and noised with.
  let parameters: ReleaseParameters
  /// Of the policy's message size.
  let codec: MessageCodec
  private let folder: URL
  private let trust: PeerTrust

  /// Makes the mesh in a folder: the policy, and the gateway's certificate and key.
  /// - Parameter bytes: the message size.
  package static func make(in folder: URL, bytes: Int, by authority: CertificateAuthority) throws -> BenchMesh {
    let text = policy(bytes: bytes, trustDomain: authority.trustDomain)
    try Data(text.utf8).write(to: folder.appendingPathComponent(File.policy))
    let mesh = try BenchMesh(folder)
    try mesh.issue(gateway, by: authority).write(to: folder.appendingPathComponent(File.gateway, isDirectory: true))
    return mesh
  }

  /// The mesh that was made in a folder.
  package init(_ folder: URL) throws {
    self.folder = folder
    policy = try Policy.load(from: folder.appendingPathComponent(File.policy))
    guard case .anyInput(let parameters) = policy.privacy.releases else {
      throw MeshError.badInput("the policy of a bench releases activations")
    }
    self.parameters = parameters
    codec = try MessageCodec(bytes: policy.message.bytes)
    trust = try PeerTrust(policy: policy, proofs: [])
  }

  /// Issues a certificate, at once in memory.
  private func issue(_ path: String, by authority: CertificateAuthority) throws -> IssuedSVID {
    try authority.issue(SPIFFEID(trustDomain: authority.trustDomain, path: path), ipAddresses: ["127.0.0.1"])
  }

  /// The identity of a device of this mesh.
  func identity(_ path: String, by authority: CertificateAuthority) throws -> MeshIdentity {
    try trust.identity(try issue(path, by: authority).svid)
  }

  /// The gateway's identity, from the folder.
  func gatewayIdentity() async throws -> MeshIdentity {
    try await MeshIdentity.load(from: folder.appendingPathComponent(File.gateway, isDirectory: true), trust: trust)
  }

  /// How many values a device releases at once: half of a message, the rest is padding.
  var dimension: Int { policy.message.bytes / 4 }

  /// As `Policies/strict.yaml`, in what matters to an exchange; devices may also ask for the gateway's state.
  private static func policy(bytes: Int, trustDomain: TrustDomain) -> String {
    """
    version: 1
    trust_domain: \(trustDomain)
    roles: {camera: [release, status]}
    privacy:
      unit: any-input
      radius: 32
      scale: 64
      budget: {epsilon: 1.0e+6, delta: 1.0e-6, window: 24h}
    message: {bytes: \(bytes)}
    timing: {tick: 200ms, prepare: 25ms, deadline: 70ms, jitter: 20ms}
    aggregation: {rule: trimmed-mean, trim: 1}
    trust: {threshold: 0.3, forgetting: 0.95, tolerance: 0.5}

    """
  }
}
