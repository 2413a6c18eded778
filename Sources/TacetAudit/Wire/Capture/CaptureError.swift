/// Why a capture, or the labels that go with it, cannot be read.
package struct CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, for the exit status.
  package enum Kind: Sendable, Hashable {
    /// The file is not there or cannot be opened.
    case missing
    /// Its bytes are not what they should be.
    case malformed
    /// It could not be read to its end.
    case inputOutput
  }

  package let kind: Kind
  /// The file, where in it, and what is wrong.
  package let description: String

  static func malformed(_ file: String, at offset: UInt64, _ problem: String) -> CaptureError {
    CaptureError(kind: .malformed, description: "\(file), byte \(offset): \(problem)")
  }
}
