/// A model, recording or runtime that cannot be used: which file, what is wrong, what to do.
public struct InferenceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Kind: Hashable, Sendable {
    /// A file is malformed, or not the one that was published.
    case badInput
    /// A file is missing.
    case missing
    /// ONNX Runtime is not there, or failed.
    case runtime
    /// A file could not be written.
    case inputOutput
  }

  /// The kind, for the exit status.
  public let kind: Kind
  /// One line.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
