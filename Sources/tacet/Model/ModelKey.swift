import ArgumentParser
import Foundation
import TacetRefresh

/// `tacet model key`: makes the key of a log of students.
struct ModelKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Makes the key that a log of students is signed with.",
    discussion: """
      Writes FILE (0600), for the gateway that puts refreshes together, and FILE.pub, for its devices. Nothing is overwritten.

      EXAMPLES
        tacet model key --name models.city.example --out models.key
      """)

  @Option(help: ArgumentHelp("The log's name, without white space and +.", valueName: "name"))
  var name: String

  @Option(help: ArgumentHelp("Where the private half goes.", valueName: "file"))
  var out: String

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let file: String
    let key: String
  }

  func run() throws {
    let key = try ModelLogKey.make(name: name, at: URL(fileURLWithPath: out))
    try common.print(Result(file: out, key: key.description), text: key.description)
  }
}
