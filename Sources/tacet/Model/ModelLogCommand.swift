import ArgumentParser
import Foundation
import TacetInference
import TacetRefresh

/// `tacet model log`: verifies a log of students, and shows what is in it.
struct ModelLogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Recomputes a log of students from its entries, and lists them.",
    discussion: """
      Every entry, every checkpoint and every signature is checked; exit status 65 when one is not what was signed.

      EXAMPLES
        tacet model log --log models.log --key models.key.pub
        tacet model log --log models.log --key models.key.pub --prove traffic-counts
      """)

  @Option(help: ArgumentHelp("The log.", valueName: "file"))
  var log: String

  @Option(help: ArgumentHelp("Its public key.", valueName: "file"))
  var key: String

  @Option(help: ArgumentHelp("Print the proof of the newest student of a model instead.", valueName: "model"))
  var prove: String?

  @OptionGroup var common: CommonOptions

  private struct Entry: Encodable {
    let index: UInt64
    let time: UInt64
    let model: String
    let student: String
    let revision: UInt64
    let horizon: Int
    let features: Int
    let coefficients: [Float]

    init(_ version: StudentVersion) {
      (index, time, model, student) = (version.index, version.time, version.model, version.student)
      (revision, horizon, features) = (version.revision, version.head.horizon, version.head.features)
      coefficients = version.head.coefficients
    }
  }

  private struct Result: Encodable {
    let entries: [Entry]
  }

  private struct Proof: Encodable {
    let proof: String
  }

  func run() throws {
    let file = URL(fileURLWithPath: log)
    guard FileManager.default.fileExists(atPath: log) else {
      throw RefreshError(
        .missing, "\(log) is missing: name the log that a gateway writes, `refresh.log` of its configuration")
    }
    let log = try ModelLog(file: file, key: ModelLogKey.verifier(URL(fileURLWithPath: key)))
    if let prove {
      guard let proof = try log.newest(of: prove) else {
        throw RefreshError(.missing, "\(self.log) has no student of \(prove)")
      }
      return try common.print(Proof(proof: proof.description), text: String(proof.description.dropLast()))
    }
    let entries = try log.versions().map(Entry.init)
    let lines = entries.map {
      "\($0.index): \($0.model) revision \($0.revision), \($0.horizon) × \($0.features) coefficients"
    }
    try common.print(
      Result(entries: entries), text: lines.isEmpty ? "nothing was published yet" : lines.joined(separator: "\n"))
  }
}
