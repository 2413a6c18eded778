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
    #expect(examples.count == 8)
    for example in examples {
      let script = "tacet() { \"$0\" \"$@\"; }; \(example.command)"
      let result = try await Tacet.run(
        URL(fileURLWithPath: "/bin/bash"), ["-c", script, Tacet.executable.path])
      #expect(result.status == 0, "\(example.command)")
      #expect(result.output == example.output, "\(example.command)")
    }
  }

  /// The blocks of shell commands of a document, as one script.
  private static func script(_ document: String) throws -> String {
    let text = try String(
      contentsOf: Tacet.project.appendingPathComponent("Documentation/\(document)"), encoding: .utf8)
    return text.components(separatedBy: "```sh\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }.joined(separator: "\n")
  }

  /// Step by step as an administrator would: each command of the page, in the order of the page.
  @Test func identityIsFollowedToItsEnd() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tacet-page-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let commands = try Self.script("identity.md")
    #expect(commands.split(separator: "\n").count > 25)
    let script = """
      set -euo pipefail
      cd "$1"
      trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
      tacet() { if [ "$1 $2" = "ca serve" ]; then exec "$TACET" "$@"; fi; "$TACET" "$@"; }
      \(commands)
      echo the end
      """
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      ["TACET=\(Tacet.executable.path)", "/bin/bash", "-c", script, "bash", folder.path])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.hasSuffix("the end\n"), "\(result.output)\(result.errors)")
  }
}
