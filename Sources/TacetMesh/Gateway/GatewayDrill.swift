/// A security drill: a gateway lies, so that its operators can watch the mesh outvote it.
package struct GatewayDrill: Sendable, Hashable {
  /// What it says in the place of an encoding.
  package enum Lie: String, Sendable, Hashable, CaseIterable {
    /// Each number with `size` added.
    case bias
    /// The opposite, `size` times as large.
    case signFlip = "sign-flip"
    /// Numbers at random, even between −`size` and `size`.
    case noise
  }

  package let lie: Lie
  package let size: Float
  /// The first step at which it lies: until then it earns trust.
  package let first: Int

  package init(_ lie: Lie, size: Float, from first: Int = 0) {
    (self.lie, self.size, self.first) = (lie, size, first)
  }

  /// What it says of a step: the truth before the first.
  func lie(_ encoding: [Float], step: Int) -> [Float] {
    guard step >= first else { return encoding }
    return switch lie {
    case .bias: encoding.map { $0 + size }
    case .signFlip: encoding.map { -size * $0 }
    case .noise: encoding.map { _ in Float.random(in: -size...size) }
    }
  }
}
