package import Foundation
import TacetDocument
package import TacetIdentity
package import TacetLog

/// Where the proof that a certificate's issuance is in the authority's log may be found.
package protocol ProofSource: Sendable {
  /// The proof for the certificate with this SHA-256 (32 bytes); nil where there is none here. Nothing of it is believed yet.
  /// - Throws: when it could not be found out.
  func proof(of fingerprint: [UInt8]) async throws -> InclusionProof?
}

extension Array where Element == any ProofSource {
  /// The first proof that any of them has.
  /// - Throws: what the last one threw that could not say, where none has one.
  func proof(of fingerprint: [UInt8]) async throws -> InclusionProof? {
    var failure: (any Error)?
    for source in self {
      do {
        if let proof = try await source.proof(of: fingerprint) { return proof }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return nil
  }
}

/// Proofs in files that are named by the SHA-256 of their certificate, in lower-case hexadecimal, as `tacet ca log prove` writes them.
package struct ProofFolder: ProofSource {
  private let folder: URL

  package init(_ folder: URL) { self.folder = folder }

  /// The file for the proof of a certificate.
  func file(_ fingerprint: [UInt8]) -> URL { folder.appendingPathComponent(Hexadecimal.text(fingerprint)) }

  package func proof(of fingerprint: [UInt8]) async throws -> InclusionProof? { try read(fingerprint) }

  /// The same, at once.
  func read(_ fingerprint: [UInt8]) throws -> InclusionProof? {
    let text: Data
    do throws(DocumentError) {
      text = try Document.read(file(fingerprint))
    } catch {
      guard error.kind != .missing else { return nil }
      throw error
    }
    return try InclusionProof(String(decoding: text, as: UTF8.self))
  }
}
