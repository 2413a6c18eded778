/// What vectors came to, and which of them were left out.
public struct Aggregate: Sendable, Hashable {
  /// A vector that cannot be what its sender was asked for: a lie, whatever else it says.
  public struct Exclusion: Sendable, Hashable {
    /// Which vector, from 0.
    public let index: Int
    /// What shows that.
    public let reason: Reason
  }

  /// Why a vector is left out.
  public enum Reason: Sendable, Hashable, CustomStringConvertible {
    /// It holds NaN or an infinity.
    case notFinite
    /// It has another length than most.
    case length(Int, expected: Int)
    /// It holds a whole number of 2²⁴ or more, which 32-bit floating point cannot tell from its neighbours.
    case notExact

    /// In words.
    public var description: String {
      switch self {
      case .notFinite: "holds a number that is not finite"
      case .length(let length, let expected): "has \(length) numbers, most have \(expected)"
      case .notExact: "holds a whole number of 2^24 or more"
      }
    }
  }

  /// The result, d numbers.
  public let values: [Float]
  /// The vectors that are not in it, by index.
  public let excluded: [Exclusion]
}
