internal import Synchronization
internal import TacetIdentity

/// All revocation lists in one PEM text, kept as long as they are the same: of a hundred thousand entries it has seven megabytes, and
/// everybody who asks gets the same bytes.
final class WrittenLists: Sendable {
  private let kept = Mutex<(tag: String, text: [UInt8])?>(nil)

  /// The text.
  /// - Parameter tag: another for other lists.
  func text(of lists: [RevocationList], tag: String) -> [UInt8] {
    kept.withLock { kept in
      if let kept, kept.tag == tag { return kept.text }
      let text = Array(lists.map(\.pem).joined().utf8)
      kept = (tag, text)
      return text
    }
  }
}
