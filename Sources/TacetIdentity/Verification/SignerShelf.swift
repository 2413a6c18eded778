import Synchronization
import X509

/// The signers of those who were let in, each list of them once: ten thousand peers of one authority share theirs.
final class SignerShelf: Sendable {
  /// An authority has a few at a time; what comes after so many is not kept.
  private static let most = 64

  private let lists = Mutex<[[Certificate]]>([])

  /// The same list, shared with those who have asked before.
  /// - Parameter signers: of a path that holds, without the leaf.
  func shared(_ signers: [Certificate]) -> [Certificate] {
    lists.withLock { lists in
      if let known = lists.first(where: { $0 == signers }) { return known }
      if lists.count < Self.most { lists.append(signers) }
      return signers
    }
  }
}
