package import Foundation
package import Logging
import TacetEnrolment
package import TacetIdentity
package import TacetLog
import TacetTransport

/// The authority on the network as a source of proofs: asked when the proof of a certificate is wanted that is not kept yet.
///
/// A proof that holds is kept, durably: a peer that was seen before is let in while the authority is not to be reached, and after a
/// restart, too. One that does not hold is handed on, to be refused for what it is, and forgotten. That there is none is asked anew at
/// each handshake. Handshakes of one certificate that come together share one question.
package actor AuthorityProofs: ProofSource {
  /// Asks the authority for the proof of the certificate with this SHA-256 (32 bytes); nil where it knows of none.
  package typealias Question = @Sendable (_ fingerprint: [UInt8]) async throws -> InclusionProof?

  private let key: NoteVerifier
  private var shelf: ProofShelf?
  private let logger: Logger
  private var question: Question?
  private var open: [[UInt8]: Task<InclusionProof?, any Error>] = [:]
  /// Half of what an authority grants to an address unless told otherwise: with a stolen key many certificates can be made that are
  /// not in the log, and asking for their proofs must leave room for renewals.
  private var rate = TokenBucket(perSecond: 10, burst: 100)

  /// The most questions at once.
  private static let mostOpen = 64

  /// Nobody to ask yet.
  /// - Parameters:
  ///   - key: the public key of the authority's log.
  ///   - folder: where proofs are kept that hold; it is made when there is one. Nil where none is kept.
  package init(key: NoteVerifier, keptIn folder: URL?, logger: Logger) {
    self.key = key
    self.logger = logger
    shelf = folder.map { ProofShelf($0) }
  }

  /// Begins to ask an authority: with the certificate in force of an identity, whose peers are judged by what this source finds.
  func ask(_ client: AuthorityClient, as identity: MeshIdentity, trust: PeerTrust) {
    let trust = trust.fetchingProofs
    begin { [weak identity] fingerprint in
      guard let identity else { throw MeshError.unavailable("the node has stopped") }
      return try await client.proof(of: fingerprint, as: trust.identity(identity.svid))
    }
  }

  /// Says whom to ask: a connection that does not itself wait for what this source finds.
  package func begin(asking question: @escaping Question) { self.question = question }

  package func proof(of fingerprint: [UInt8]) async throws -> InclusionProof? {
    if let kept = shelf?.proof(of: fingerprint), holds(kept, of: fingerprint) { return kept }
    if let asked = open[fingerprint] { return try await asked.value }
    guard let question else { throw MeshError.unavailable("the authority cannot be asked yet") }
    guard open.count < Self.mostOpen, rate.take() else {
      throw MeshError.unavailable("too many proofs are asked for at once")
    }
    let asked = Task { try await question(fingerprint) }
    open[fingerprint] = asked
    defer { open[fingerprint] = nil }
    let found = try await asked.value
    if let found, holds(found, of: fingerprint) { keep(found, of: fingerprint) }
    return found
  }

  private func holds(_ proof: InclusionProof, of fingerprint: [UInt8]) -> Bool {
    let entry = try? proof.verify(key: key)
    return entry?.leaf?.fingerprint == Hexadecimal.text(fingerprint)
  }

  private func keep(_ proof: InclusionProof, of fingerprint: [UInt8]) {
    do {
      try shelf?.put(proof, of: fingerprint)
    } catch {
      logger.warning("proof not kept", metadata: ["detail": "\(error)"])
    }
  }
}
