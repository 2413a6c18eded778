import Foundation
import Testing

/// What the documents show of the command is what it prints.
@Suite struct DocumentationTests {
  /// The indented examples of a document: after `$ ` a command, then what it prints, up to a line that is not indented.
  private static func examples(_ document: String) throws -> [(command: String, output: String)] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Documentation")
    let text = try String(contentsOf: root.appending(path: document), encoding: .utf8)
    var examples: [(command: String, output: String)] = []
    var isInside = false
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("    $ ") {
        examples.append((String(line.dropFirst(6)), ""))
      } else if isInside, line.hasPrefix("    "), !examples.isEmpty {
        examples[examples.count - 1].output += line.dropFirst(4) + "\n"
      }
      isInside = line.hasPrefix("    $ ") || isInside && line.hasPrefix("    ")
    }
    return examples
  }

  @Test func privacyExamplesPrintWhatTheySay() async throws {
    let examples = try Self.examples("privacy.md")
    #expect(examples.count == 5)
    for example in examples {
      let script = "tacet() { \"$0\" \"$@\"; }; \(example.command)"
      let result = try await Tacet.run(
        URL(fileURLWithPath: "/bin/bash"), ["-c", script, Tacet.executable.path])
      #expect(result.status == 0, "\(example.command)")
      #expect(result.output == example.output, "\(example.command)")
    }
  }
}
