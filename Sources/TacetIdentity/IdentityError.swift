/// An identity that cannot be loaded, made or kept: which file, what is wrong, what to do; never a secret.
public struct IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Kind: Hashable, Sendable {
    /// A file or value is malformed.
    case badInput
    /// A file is missing.
    case missing
    /// Reading or writing failed.
    case inputOutput
    /// A wrong passphrase, or a file that others may read.
    case notPermitted
    /// Our own fault.
    case internalFault
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
