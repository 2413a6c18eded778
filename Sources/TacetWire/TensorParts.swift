/// How a tensor of one axis travels in messages of one size: in a fixed number of parts, all but the last of the same length.
///
/// The number follows from the tensor's length and the message size alone: every other field is taken at its longest, so that it
/// is the same for each site, step and model.
package struct TensorParts: Sendable, Hashable {
  /// What a tensor's values are.
  package enum Element: Sendable, Hashable {
    /// A release.
    case int16
    /// An encoding.
    case float32
    /// Text.
    case uint8
  }

  /// What the lengths of data and shape may take more than those of a tensor of one value.
  private static let bytesOfLengths = 4

  /// How many values the tensor has.
  package let values: Int
  /// How many values a part has; the last may have fewer.
  package let valuesPerPart: Int

  /// - Parameters:
  ///   - values: at least 1.
  ///   - codec: gives the message size of the policy.
  /// - Throws: ``WireError/tooManyParts(_:most:)``, or what a message without a single value is.
  package init(values: Int, of element: Element, codec: MessageCodec) throws(WireError) {
    guard values >= 1 else { throw .field("data", problem: "has no value") }
    let room = try codec.room(beside: Self.longest(element)) + element.bytes - Self.bytesOfLengths
    guard room >= element.bytes else {
      throw .doesNotFit(needed: codec.bytes - room + element.bytes, available: codec.bytes)
    }
    self.values = values
    valuesPerPart = min(values, room / element.bytes)
    guard count <= Message.Part.mostParts else { throw .tooManyParts(count, most: Message.Part.mostParts) }
  }

  /// How many parts there are.
  package var count: Int { (values - 1) / valuesPerPart + 1 }

  /// Every part, in order.
  package var all: [Message.Part] { (0..<count).map { Message.Part(index: $0, count: count) } }

  /// Which values `part` carries; nil when it is not one of these parts.
  package func range(of part: Message.Part) -> Range<Int>? {
    guard part.count == count, (0..<count).contains(part.index) else { return nil }
    let start = part.index * valuesPerPart
    return start..<min(start + valuesPerPart, values)
  }

  /// The values of `part` out of all; nil when it is not one of these parts, or there are not as many values as there should be.
  package func slice<Value>(_ all: [Value], _ part: Message.Part) -> [Value]? {
    guard all.count == values, let range = range(of: part) else { return nil }
    return Array(all[range])
  }

  /// A message with one value of a tensor and every other field that goes with one at its longest.
  private static func longest(_ element: Element) -> Message {
    let text = String(repeating: "m", count: 64)
    let last = Message.Part(index: Message.Part.mostParts - 1, count: Message.Part.mostParts)
    var message = Message(kind: .answer, id: .max, step: .max, site: text, model: text, part: last)
    message.status = .ok
    if element == .float32 { message.inputs = [UInt8](repeating: 1, count: Message.inputsLength) }
    message.payload =
      switch element {
      case .int16: .int16([1], shape: [1], scale: 1)
      case .float32: .float32([1], shape: [1])
      case .uint8: .uint8([1], shape: [1])
      }
    return message
  }
}

extension TensorParts.Element {
  /// The size of one value on the wire.
  fileprivate var bytes: Int {
    switch self {
    case .int16: 2
    case .float32: 4
    case .uint8: 1
    }
  }
}
