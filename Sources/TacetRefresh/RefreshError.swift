/// A refresh of the student that cannot go on: what is wrong, where, and what to do.
public struct RefreshError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Kind: Hashable, Sendable {
    /// A file, or what a peer sent, is malformed or does not fit.
    case badInput
    /// A file is missing.
    case missing
    /// A proof or signature does not hold, or what it proves is not wanted.
    case notPermitted
    /// A file could not be read or written.
    case inputOutput
  }

  /// The kind, for the exit status.
  public let kind: Kind
  /// One line.
  public let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
