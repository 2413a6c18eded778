/// Puts the parts of one tensor together, in whatever order and however often they come.
///
/// Some parts are missing (it takes parts) → complete (it takes only what it has already). It never keeps more values than the
/// tensor has, whatever a peer sends.
package struct TensorAssembly<Value: Sendable & Equatable>: Sendable {
  /// Why a part was not taken.
  package enum Refusal: Error, Sendable, Hashable {
    /// It is of a tensor of another number of parts.
    case otherCount
    /// It has another number of values than this part has.
    case otherLength
    /// The same part came before with other values.
    case conflict
  }

  private let parts: TensorParts
  private var pieces: [Int: [Value]] = [:]

  package init(_ parts: TensorParts) {
    self.parts = parts
  }

  /// Whether every part has come.
  package var isComplete: Bool { pieces.count == parts.count }

  /// Takes a part; one that came before with the same values changes nothing.
  /// - Returns: the whole tensor, once, with the part that was the last one missing.
  package mutating func take(_ values: [Value], as part: Message.Part) throws(Refusal) -> [Value]? {
    guard let range = parts.range(of: part) else { throw .otherCount }
    guard values.count == range.count else { throw .otherLength }
    if let known = pieces[part.index] {
      guard known == values else { throw .conflict }
      return nil
    }
    pieces[part.index] = values
    return isComplete ? (0..<parts.count).flatMap { pieces[$0] ?? [] } : nil
  }
}
