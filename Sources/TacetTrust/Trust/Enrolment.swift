public import Foundation

/// How a peer came to this node: what the node itself has seen, and what the verified chain says; nothing in the peer's words.
public struct Enrolment: Sendable, Hashable, Codable {
  /// When this node first knew of it.
  public let firstSeen: Date
  /// Whether it was there when this node's book began: such a peer is in no batch, its weight is not capped.
  public let isFounding: Bool
  /// The key that issued its first certificate, as a digest in hexadecimal; nil until one was verified.
  public internal(set) var issuer: String?

  /// - Parameter issuer: of the authority one above the leaf on the verified path.
  public init(firstSeen: Date, isFounding: Bool, issuer: String? = nil) {
    self.firstSeen = firstSeen
    self.isFounding = isFounding
    self.issuer = issuer
  }

  /// Whether it is such as this type makes: a file may hold anything.
  var isSound: Bool { firstSeen.timeIntervalSince1970.isFinite && (issuer?.utf8.count ?? 0) <= 128 }
}

/// Peers that were enrolled at once: one issuer, first seen within one window. Peers whose issuer is not known yet count as of one.
struct EnrolmentBatch: Hashable {
  let issuer: String?
  let number: Int

  /// The batch of each peer; founding peers have none.
  ///
  /// A batch begins with the first peer that is in no earlier one of its issuer.
  /// - Parameter window: in seconds.
  static func all(of peers: [String: Enrolment], window: Double) -> [String: EnrolmentBatch] {
    var batches: [String: EnrolmentBatch] = [:]
    for (issuer, members) in Dictionary(grouping: peers.filter { !$0.value.isFounding }, by: \.value.issuer) {
      var number = -1
      var beginning = Date.distantPast
      for (name, enrolment) in members.sorted(by: { ($0.value.firstSeen, $0.key) < ($1.value.firstSeen, $1.key) }) {
        if number < 0 || enrolment.firstSeen.timeIntervalSince(beginning) >= window {
          number += 1
          beginning = enrolment.firstSeen
        }
        batches[name] = EnrolmentBatch(issuer: issuer, number: number)
      }
    }
    return batches
  }

  /// The members of each batch of several.
  static func crowds(in batches: [String: EnrolmentBatch]) -> [[String]] {
    Dictionary(grouping: batches, by: \.value).values.map { $0.map(\.key) }.filter { $0.count > 1 }
  }
}
