import Foundation

/// Secrets that are typed.
enum Terminal {
  /// What is typed at the terminal, without being shown.
  static func ask(_ prompt: String, orGive option: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else {
      throw UsageError("no terminal to ask for the \(prompt.dropLast(2)): give \(option)")
    }
    guard let typed = getpass(prompt) else { throw UsageError("nothing was typed") }
    defer { memset(typed, 0, strlen(typed)) }
    return String(cString: typed)
  }
}
