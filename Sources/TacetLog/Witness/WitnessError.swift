/// What a witness remembers cannot be read or kept.
public enum WitnessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file is not one that a witness wrote.
  case corrupt(path: String)
  /// Reading or writing failed.
  case inputOutput(path: String, reason: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .corrupt(let path):
      "\(path): not what a witness remembers; put it back from a backup, or remove it to believe the next checkpoint"
    case .inputOutput(let path, let reason):
      "\(path): \(reason); make the folder writable for this user, with room on its disk"
    }
  }
}
