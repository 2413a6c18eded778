package import Foundation
package import TacetIdentity

/// Where the Workload API has from what it hands out.
package protocol WorkloadIdentities: Sendable {
  /// What there is now: SVIDs that hold, and nothing else.
  func snapshot() async -> WorkloadSnapshot

  /// An element after each change of it from now on; several that nobody has heard of yet may be one.
  var updates: AsyncStream<Void> { get }

  /// A JWT-SVID for one of the SVIDs, from the authority.
  /// - Throws: anything; callers learn that there is none, and the log why.
  func token(audience: [String], for svid: SVID) async throws -> WorkloadToken
}

/// A JWT-SVID.
package struct WorkloadToken: Sendable {
  /// JWS compact serialization.
  package let text: String
  /// When it expires.
  package let expiresAt: Date

  /// - Parameters:
  ///   - text: JWS compact serialization.
  ///   - expiresAt: when it expires.
  package init(text: String, expiresAt: Date) {
    self.text = text
    self.expiresAt = expiresAt
  }
}
