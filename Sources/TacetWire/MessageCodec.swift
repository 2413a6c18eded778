internal import SwiftProtobuf

/// Makes messages into protobuf of exactly one size and back.
///
/// The length on the wire is public, so it must not depend on anything: every message, whatever it carries, is filled
/// up to ``bytes`` with the fields `padding` and `filler` of `Proto/inference.proto`. The output is canonical
/// protobuf: fields in order, shortest varints.
package struct MessageCodec: Sendable, Hashable {
  /// The possible sizes: the smallest holds any message without a tensor.
  package static let possibleSizes = 512...(1 << 20)

  /// The size of every message, in bytes.
  package let bytes: Int

  /// - Parameter bytes: `message.bytes` of the policy.
  /// - Throws: ``WireError/sizeOutOfRange(_:possible:)``.
  package init(bytes: Int) throws(WireError) {
    guard Self.possibleSizes.contains(bytes) else {
      throw .sizeOutOfRange(bytes, possible: Self.possibleSizes)
    }
    self.bytes = bytes
  }

  /// The message as protobuf, always exactly ``bytes`` long.
  /// - Throws: ``WireError/doesNotFit(needed:available:)`` or ``WireError/field(_:problem:)``.
  package func encode(_ message: Message) throws(WireError) -> [UInt8] {
    try message.check()
    let fill = try fill(of: message)
    var writer = ByteWriter(bytes)
    try message.write(to: &writer, filledBy: fill)
    // Our own invariant: counting and writing are one function.
    precondition(writer.count == bytes)
    return writer.bytes
  }

  /// How many bytes are left beside what the message has so far.
  /// - Throws: ``WireError/field(_:problem:)``.
  func room(beside message: Message) throws(WireError) -> Int {
    try message.check()
    return bytes - Fill.smallestGap - (try length(of: message))
  }

  /// The message in a frame, checked in every field.
  /// - Throws: ``WireError``; hostile bytes throw and never trap.
  package func decode(_ frame: [UInt8]) throws(WireError) -> Message {
    guard frame.count == bytes else { throw .wrongSize(frame.count, expected: bytes) }
    if let message = try? Message(canonical: frame) { return message }
    let tensor: Tacet_V1_Tensor
    do {
      tensor = try Tacet_V1_Tensor(serializedBytes: frame)
    } catch {
      throw .notATensor
    }
    return try Message(tensor)
  }

  /// The message as the generated type, filled up so that any protobuf library serialises it to ``bytes`` bytes.
  /// - Throws: ``WireError/doesNotFit(needed:available:)`` or ``WireError/field(_:problem:)``.
  package func tensor(_ message: Message) throws(WireError) -> Tacet_V1_Tensor {
    var tensor = try Tacet_V1_Tensor(message)
    tensor.fill(try fill(of: message))
    return tensor
  }

  private func fill(of message: Message) throws(WireError) -> Fill {
    let content = try length(of: message)
    guard let fill = Fill(gap: bytes - content) else {
      throw .doesNotFit(needed: content + Fill.smallestGap, available: bytes)
    }
    return fill
  }

  /// Without the fill.
  private func length(of message: Message) throws(WireError) -> Int {
    var counter = ByteCounter()
    try message.write(to: &counter, filledBy: nil)
    return counter.count
  }
}
