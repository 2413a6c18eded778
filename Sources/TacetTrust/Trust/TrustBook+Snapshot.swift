/// A file of trust that cannot be taken for one.
public enum TrustSnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It was written by a later version.
  case newer(version: Int)
  /// It says something that no book says.
  case unsound(peer: String)
  /// What it went by is out of range.
  case unsoundParameters
  /// It has more peers than a book.
  case tooMany(peers: Int)

  /// One line, without the file.
  public var description: String {
    switch self {
    case .newer(let version): "it has version \(version), this program knows \(TrustBook.Snapshot.current)"
    case .unsound(let peer): "what it says of \(peer.prefix(100)) is out of range"
    case .unsoundParameters: "the parameters in it are out of range"
    case .tooMany(let peers): "it has \(peers) peers, allowed: \(TrustBook.mostPeers)"
    }
  }
}

extension TrustBook {
  /// What a book remembers, to be kept in a file.
  public struct Snapshot: Sendable, Hashable, Codable {
    /// The version that is written.
    public static let current = 1

    /// Of the format.
    public let version: Int
    /// What it went by: for those who read it without a policy. A node goes by its own.
    public let parameters: TrustParameters
    let peers: [String: Page]
  }

  /// What is remembered now.
  public var snapshot: Snapshot { Snapshot(version: Snapshot.current, parameters: parameters, peers: pages) }

  /// A book that remembers this.
  /// - Parameter parameters: what it goes by; nil for what it went by.
  /// - Throws: ``TrustSnapshotError``.
  public init(_ snapshot: Snapshot, parameters: TrustParameters? = nil) throws(TrustSnapshotError) {
    guard snapshot.version == Snapshot.current else { throw .newer(version: snapshot.version) }
    guard snapshot.parameters.isSound else { throw .unsoundParameters }
    guard snapshot.peers.count <= Self.mostPeers else { throw .tooMany(peers: snapshot.peers.count) }
    for (peer, page) in snapshot.peers {
      guard page.enrolment.isSound, page.records.values.allSatisfy(\.isSound) else { throw .unsound(peer: peer) }
    }
    self.init(pages: snapshot.peers, parameters: parameters ?? snapshot.parameters)
  }
}
