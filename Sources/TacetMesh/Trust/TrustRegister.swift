package import Foundation
package import Logging
package import TacetTrust

/// A node's book of trust while it runs: one for all that trusts and is judged there, kept in a file.
///
/// The file is written when a standing has changed or a peer is new, after every ``mostUnwritten`` observed rounds, and at the end: a
/// node that is killed has lost so many rounds of evidence at most, and no change of a standing. One that cannot be written is tried again at
/// the next round.
package actor TrustRegister {
  /// So many rounds may be lost.
  package static let mostUnwritten = 32

  private var book: TrustBook
  private let file: URL
  private let logger: Logger
  private var written: Int
  private var unwritten = 0
  private var generator = SystemRandomNumberGenerator()

  /// Opens the book of the node whose state folder is `folder`; where there is none it begins, with these peers as its founders. In one
  /// that is there the peers that it does not know are new.
  /// - Throws: ``MeshError`` or `IdentityError` for a file that cannot be taken for a book.
  package init(
    in folder: URL, peers: some Sequence<String>, parameters: TrustParameters, at time: Date = Date(), logger: Logger
  ) throws {
    file = TrustFile.place(in: folder)
    self.logger = logger
    let peers = Set(peers)
    if var known = try TrustFile.read(file, parameters: parameters) {
      written = known.revision
      for peer in peers.sorted() { known.admit(peer, at: time) }
      book = known
    } else {
      book = TrustBook(founders: peers, parameters: parameters, at: time)
      written = -1
    }
  }

  // MARK: What is known

  /// The book as it is now.
  package var current: TrustBook { book }

  /// What each of these peers counts; see `TrustBook`.
  package func weights(of members: Set<String>, for capability: Capability) -> [String: Double] {
    book.weights(of: members, for: capability)
  }

  /// Whom to ask; see `TrustBook`.
  package func choose(
    _ count: Int?, of members: Set<String>, for capability: Capability, exploration: Double
  ) -> Set<String> {
    book.choose(count, of: members, for: capability, exploration: exploration, using: &generator)
  }

  /// The result that the rest cannot change; see `TrustBook`.
  package func early(_ vectors: [String: [Float]], dimension: Int, in round: TrustRound) -> EarlyResult? {
    book.early(vectors, dimension: dimension, in: round)
  }

  // MARK: What is seen

  /// Takes in a peer, or the issuer of its certificate.
  @discardableResult
  package func admit(_ peer: String, issuer: String? = nil, at time: Date = Date()) -> Bool {
    defer { keep(rounds: 0) }
    return book.admit(peer, issuer: issuer, at: time)
  }

  /// Aggregates vectors and learns from each; see `TrustBook`.
  package func judge(
    _ vectors: [String: [Float]], madeFrom inputs: [String: [UInt8]] = [:], dimension: Int,
    by agreement: VectorAgreement = .tolerance, in round: TrustRound
  ) -> TrustVerdict<[Float]> {
    defer { keep(rounds: 1) }
    return book.judge(vectors, madeFrom: inputs, dimension: dimension, by: agreement, in: round)
  }

  /// Takes in what was seen of a peer.
  /// - Parameter capability: nil for all that it is trusted for.
  package func observe(_ evidence: Evidence, of peer: String, for capability: Capability? = nil) {
    defer { keep(rounds: 1) }
    if let capability {
      book.observe(evidence, of: peer, for: capability)
    } else {
      book.observe(evidence, of: peer)
    }
  }

  // MARK: The file

  /// Writes what is not written yet.
  package func flush() {
    if unwritten > 0 || book.revision != written { write() }
  }

  private func keep(rounds: Int) {
    unwritten += rounds
    if book.revision != written || unwritten >= Self.mostUnwritten { write() }
  }

  private func write() {
    do {
      try TrustFile.write(book, to: file)
      written = book.revision
      unwritten = 0
    } catch {
      logger.error("what is known of peers cannot be kept", metadata: ["error": "\(error)"])
    }
  }
}
