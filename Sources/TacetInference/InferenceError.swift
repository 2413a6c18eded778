/// A model, a recording or the runtime that cannot be used: one line that names the file and the remedy.
public struct InferenceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong, for the exit status.
  public enum Kind: Hashable, Sendable {
    /// There is no such file, or it cannot be read.
    case missing
    /// The file or the value is there, its content is not what it should be.
    case malformed
    /// ONNX Runtime is not installed or cannot be opened.
    case unavailable
    /// A file could not be written.
    case inputOutput
  }

  /// The kind, for the exit status.
  public let kind: Kind
  /// One line: what is wrong, where, and what to do. Never holds values of a tensor.
  public let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
