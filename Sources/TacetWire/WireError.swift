/// Why bytes are no message, or a message cannot be made into bytes.
package enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A codec was asked for a message size outside the possible range.
  case sizeOutOfRange(Int, possible: ClosedRange<Int>)
  /// Bytes received are not of the one size every message has.
  case wrongSize(Int, expected: Int)
  /// The content does not fit the message size.
  case doesNotFit(needed: Int, available: Int)
  /// A tensor is too long for messages of this size.
  case tooManyParts(Int, most: Int)
  /// The bytes are not the protobuf message `tacet.v1.Tensor`, or have fields it does not know.
  case notATensor
  /// A field has a value that it must not have.
  case field(String, problem: String)

  /// One line: what is wrong and what to do.
  package var description: String {
    switch self {
    case .sizeOutOfRange(let bytes, let possible):
      "message.bytes is \(bytes), choose \(possible.lowerBound) to \(possible.upperBound)"
    case .wrongSize(let bytes, let expected):
      "message of \(bytes) bytes, every message of this mesh has \(expected): both sides need the same message.bytes"
    case .doesNotFit(let needed, let available):
      "the message needs \(needed) bytes and message.bytes is \(available): raise it in the policy"
    case .tooManyParts(let parts, let most):
      "the tensor takes \(parts) messages, \(most) at most are possible: raise message.bytes in the policy"
    case .notATensor:
      "the bytes are not a message of type tacet.v1.Tensor"
    case .field(let name, let problem):
      "field \(name) \(problem)"
    }
  }
}
