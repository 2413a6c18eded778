import Foundation
import TacetTrust

/// One peer of a book of trust.
struct PeerReport: Encodable {
  /// What was seen of it in one capability.
  struct CapabilityReport: Encodable {
    let capability: String
    let standing: String
    let score: Double
    /// Beside the others of whom something was seen in this; caps are in it.
    let weight: Double
    /// Of all their weight.
    let share: Double
    let support: Double
    let doubt: Double
    /// Since the standing changed.
    let observations: Int
    let falls: Int
    /// Oldest first; nil where it was not asked for.
    let evidence: [EvidenceReport]?

    var text: String {
      let figures = "\(capability): \(standing), score \(Self.short(score)), weight \(Self.short(weight)) "
      let since = "(\(Self.short(100 * share)) % of all), \(observations) observations in this standing"
      let fallen = falls > 0 ? ", fell back \(falls) times" : ""
      return (["  \(figures)\(since)\(fallen)"] + (evidence ?? []).map { "    \($0.text)" }).joined(separator: "\n")
    }

    static func short(_ value: Double) -> String { String(format: "%.3g", value) }
  }

  /// One thing that was seen, so many times in a row.
  struct EvidenceReport: Encodable {
    let kind: String
    let isProof: Bool
    let agreement: Double
    let reason: String
    let first: Date
    let last: Date
    let count: Int

    init(_ evidence: Evidence) {
      kind = evidence.kind.rawValue
      isProof = evidence.strength == .proof
      agreement = evidence.agreement
      reason = evidence.reason
      first = evidence.first
      last = evidence.last
      count = evidence.count
    }

    var text: String {
      let time = count > 1 ? "\(first.formatted(.iso8601)) to \(last.formatted(.iso8601))" : first.formatted(.iso8601)
      let proof = isProof ? ", a proof" : ""
      return "\(time), \(count) ×: \(kind), \(reason) (agreement \(CapabilityReport.short(agreement))\(proof))"
    }
  }

  let peer: String
  let founding: Bool
  let firstSeen: Date
  /// SHA-256 of the key that issued its first certificate; nil until one was verified.
  let issuer: String?
  /// Those in which something was seen of it.
  let capabilities: [CapabilityReport]

  /// - Returns: nil for a stranger.
  init?(_ peer: String, in book: TrustBook, withEvidence: Bool) {
    guard let enrolment = book.enrolment(of: peer) else { return nil }
    self.peer = peer
    founding = enrolment.isFounding
    firstSeen = enrolment.firstSeen
    issuer = enrolment.issuer
    capabilities = Capability.allCases.compactMap { capability in
      let seen = book.peers.filter { book.record(of: $0, for: capability) != TrustRecord() }
      guard seen.contains(peer), let record = book.record(of: peer, for: capability) else { return nil }
      let weights = book.weights(of: seen, for: capability)
      let weight = weights[peer] ?? 0
      let total = weights.values.reduce(0, +)
      return CapabilityReport(
        capability: capability.rawValue, standing: record.standing.rawValue, score: record.score(book.parameters),
        weight: weight, share: total > 0 ? weight / total : 0, support: record.reputation.support,
        doubt: record.reputation.doubt, observations: record.observations, falls: record.falls,
        evidence: withEvidence ? record.evidence.map(EvidenceReport.init) : nil)
    }
  }

  var text: String {
    let came = founding ? "there from the beginning" : "first seen \(firstSeen.formatted(.iso8601))"
    let issued = issuer.map { ", issued by the key \($0.prefix(16))" } ?? ""
    return (["\(peer): \(came)\(issued)"] + capabilities.map(\.text)).joined(separator: "\n")
  }
}
