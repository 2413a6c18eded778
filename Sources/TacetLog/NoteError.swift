/// Why a signed note, a key or a checkpoint is refused; malformed and unverified are told apart. No key material is
/// ever part of an error.
public enum NoteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The note does not have the C2SP signed-note form.
  case malformedNote(reason: String)
  /// The key string does not have the C2SP form.
  case malformedKey(reason: String)
  /// The text of a note is not a checkpoint; `line` counts from 1.
  case malformedCheckpoint(line: Int, reason: String)
  /// A signature claims to be from the key of this name and is not.
  case invalidSignature(name: String)
  /// No signature is from a key we know; `name` is the key that was wanted.
  case unsigned(name: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .malformedNote(let reason): "malformed signed note: \(reason)"
    case .malformedKey(let reason): "malformed note key: \(reason)"
    case .malformedCheckpoint(let line, let reason): "malformed checkpoint, line \(line): \(reason)"
    case .invalidSignature(let name): "the signature of \(name) is invalid: the note was changed or forged"
    case .unsigned(let name): "the note carries no signature of \(name)"
    }
  }
}
