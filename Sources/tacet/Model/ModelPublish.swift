import ArgumentParser
import Foundation
import TacetInference
import TacetRefresh

/// `tacet model publish`: an administrator publishes a student, in the place of a refresh.
struct ModelPublish: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Publishes a student of a model: as it was trained, or as an earlier refresh made it.",
    discussion: """
      It becomes the newest revision, which devices take if it does them no harm. Stop the gateway that writes the log first, or it
      goes on from what it knows.

      EXAMPLES
        tacet model publish --log models.log --key models.key --model packs/counts --trained
        tacet model publish --log models.log --key models.key --model packs/counts --revision 3
      """)

  @Option(help: ArgumentHelp("The log; made where there is none.", valueName: "file"))
  var log: String

  @Option(help: ArgumentHelp("Its private key.", valueName: "file"))
  var key: String

  @Option(help: ArgumentHelp("The model pack's folder.", valueName: "dir"))
  var model: String

  @Flag(help: "The student as it was trained.")
  var trained = false

  @Option(help: ArgumentHelp("The student of an earlier revision.", valueName: "n"))
  var revision: UInt64?

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let index: UInt64
    let model: String
    let revision: UInt64
  }

  func validate() throws {
    guard trained != (revision != nil) else { throw ValidationError("give --trained or --revision, one of them") }
  }

  func run() throws {
    let pack = try ModelPack.load(from: URL(fileURLWithPath: model, isDirectory: true))
    try pack.requireFeatures()
    let signer = try ModelLogKey.signer(URL(fileURLWithPath: key))
    let log = ModelLog(file: URL(fileURLWithPath: log), key: signer.verifier)
    let version = try log.publish(
      head(of: pack, in: log), of: pack.manifest.model, student: pack.studentDigest, at: Date(), signer: signer)
    try common.print(
      Result(index: version.index, model: version.model, revision: version.revision),
      text: "\(version.model): revision \(version.revision), entry \(version.index)")
  }

  private func head(of pack: ModelPack, in log: ModelLog) throws -> StudentHead {
    guard let revision else {
      return try StudentHead(horizon: pack.manifest.horizon, features: pack.studentFeatures)
    }
    let earlier = try log.versions().first { version in
      version.model == pack.manifest.model && version.revision == revision && version.student == pack.studentDigest
    }
    guard let earlier else {
      throw RefreshError(.missing, "\(self.log) has no revision \(revision) of this student of \(pack.manifest.model)")
    }
    return earlier.head
  }
}
