/// A document that cannot be used: which file, where in it, what is wrong, and what is allowed.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Kind: Hashable, Sendable {
    /// There is no such file, or it cannot be read.
    case missing
    /// The file is there, its content is not what it should be.
    case malformed
  }

  /// The kind, for the exit status.
  public let kind: Kind
  /// The file's path, as it was given.
  public let file: String
  /// The line, from 1; nil where the file as a whole is meant.
  public let line: Int?
  /// What is wrong and what is allowed.
  public let problem: String

  /// One line: `FILE:LINE: PROBLEM`.
  public var description: String {
    line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
