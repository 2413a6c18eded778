/// The demo could not be played: what is wrong, and what to do, on one line.
public struct DemoError: Error, Hashable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Kind: Sendable {
    case badInput
    case missingInput
    case unavailable
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

  /// Something that the demo needs is not there.
  public static func missingInput(_ description: String) -> Self { Self(.missingInput, description) }
}
