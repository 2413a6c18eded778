package import Foundation
package import TacetInference
package import TacetLog

/// The heads of a device's student: the newest that was published, and the one in force, which the device has found to do no harm.
///
/// A head is believed to be published only if it is proved to be in the model log, and is of this device's model and student. It is put
/// in force only if, on what the device has seen itself (its canary), it is no worse than the one in force, nor than the student as it was
/// trained. It is on trial for as many samples more, and goes back where it proves worse; and for as long as it is in force, it is compared with
/// the student as it was trained, again and again. Nothing that is decided by what the device has seen leaves it: what it tells others is about the
/// published head, whichever is in force.
package struct StudentShelf: Sendable {
  /// What the device has decided about a published head.
  package struct Decision: Sendable, Hashable {
    /// What was decided.
    package enum Outcome: String, Sendable, Hashable, Codable {
      /// It is in force, on trial.
      case taken
      /// It never was in force.
      case refused
      /// It was in force, and is no more.
      case rolledBack = "rolled_back"
    }

    package let outcome: Outcome
    /// The head's revision.
    package let revision: UInt64
    /// The mean absolute error on the canary with the head, and with the one that is, or was, in force without it.
    package let with: Double
    package let without: Double
  }

  /// A head with its revision; 0 for the one that the model came with.
  private struct Kept: Sendable, Hashable, Codable {
    var revision: UInt64
    var coefficients: [Float]
  }

  /// What is kept on disk.
  private struct State: Sendable, Hashable, Codable {
    var model: String
    var student: String
    var published: Kept
    var inForce: Kept
    /// The one to go back to, while the one in force is on trial.
    var before: Kept?
    /// The newest revision that was judged.
    var judged: UInt64
    /// The size of the newest log that was seen.
    var logSize: UInt64

    var heads: [Kept] { [published, inForce] + (before.map { [$0] } ?? []) }
  }

  private let key: NoteVerifier
  private let file: URL
  private let horizon: Int
  private let features: Int
  private let canary: Int
  private var state: State
  private var samples: [StudentSample] = []
  /// How many samples the head on trial has been judged by.
  private var tried = 0

  /// By how much worse a head may be, relatively, before it is refused: less is chance.
  package static let tolerance = 0.02
  private static let mostBytes = 1 << 20

  /// Reads what is kept, or begins with the head that the model came with.
  /// - Parameters:
  ///   - model: its student has features.
  ///   - key: the model log's.
  ///   - file: where heads are kept; it need not exist yet. What is kept of another student is of no use, and given up.
  ///   - canary: how many samples a head is judged by, before it is in force and again afterwards.
  /// - Throws: ``RefreshError`` when the file is damaged; `InferenceError` when the student has no features.
  package init(model: ModelPack, key: NoteVerifier, file: URL, canary: Int) throws {
    try model.requireFeatures()
    let manifest = model.manifest
    (self.key, self.file, self.canary) = (key, file, max(1, canary))
    (horizon, features) = (manifest.horizon, model.studentFeatures)
    let blank = try StudentHead(horizon: horizon, features: features)
    let student = model.studentDigest
    if let kept = try Self.read(file), kept.model == manifest.model, kept.student == student {
      for head in kept.heads {
        _ = try StudentHead(horizon: horizon, features: features, coefficients: head.coefficients)
      }
      state = kept
    } else {
      let trained = Kept(revision: 0, coefficients: blank.coefficients)
      state = State(
        model: manifest.model, student: student, published: trained, inForce: trained, before: nil, judged: 0,
        logSize: 0)
    }
  }

  /// The head in force.
  package var head: StudentHead { get throws { try head(state.inForce) } }

  /// Its revision; 0 for the one that the model came with.
  package var revision: UInt64 { state.inForce.revision }

  /// The newest head that is known to be published: it does not depend on what the device has seen.
  package var published: (revision: UInt64, head: StudentHead) {
    get throws { (state.published.revision, try head(state.published)) }
  }

  // MARK: Judging

  /// Takes what the sensor has shown, and decides what can be decided now.
  /// - Throws: ``RefreshError`` when that cannot be kept: then the head before goes on.
  package mutating func observe(_ sample: StudentSample) throws -> Decision? {
    samples.append(sample)
    if samples.count > canary { samples.removeFirst() }
    if state.inForce.revision > 0, let decision = try judgeInForce() { return decision }
    return state.before == nil ? try judge() : nil
  }

  /// Takes what is said to be the newest head that was published. It is judged with the next sample.
  /// - Returns: whether it is newer than the one known before.
  /// - Throws: ``RefreshError`` when the proof does not hold, is of something else or of an older head than the one known, or of a log that
  ///   is shorter than it was; when it cannot be kept.
  package mutating func learn(_ proof: InclusionProof) throws -> Bool {
    let (version, size) = try proved(proof)
    guard version.revision >= state.published.revision else {
      throw RefreshError(
        .notPermitted,
        "revision \(version.revision) was offered as the newest, \(state.published.revision) is published")
    }
    var next = state
    next.logSize = size
    let isNewer = version.revision > state.published.revision
    if isNewer { next.published = Kept(revision: version.revision, coefficients: version.head.coefficients) }
    try keep(next)
    return isNewer
  }

  /// Puts the published head in force, or not; nil where that is done already, or too few samples are there to say.
  private mutating func judge() throws -> Decision? {
    guard state.published.revision > state.judged, samples.count >= canary else { return nil }
    // The better of the two that it must not be worse than: or heads, each a little worse than the last, would lead anywhere.
    let errors = (
      with: error(with: try head(state.published)), without: min(error(with: try head), error(with: try trained))
    )
    let isWorse = Self.isWorse(errors.with, than: errors.without)
    var next = state
    next.judged = state.published.revision
    if !isWorse { (next.before, next.inForce) = (state.inForce, state.published) }
    try keep(next)
    tried = 0
    return Decision(
      outcome: isWorse ? .refused : .taken, revision: next.judged, with: errors.with, without: errors.without)
  }

  /// Judges the head in force by each canary of samples: at first beside the one before it, always beside the student as it was trained.
  private mutating func judgeInForce() throws -> Decision? {
    tried += 1
    guard tried >= canary else { return nil }
    tried = 0
    let with = error(with: try head)
    var next = state
    next.before = nil
    var failed: Decision?
    for other in [state.before, Kept(revision: 0, coefficients: try trained.coefficients)].compactMap({ $0 }) {
      let without = error(with: try head(other))
      guard Self.isWorse(with, than: without) else { continue }
      next.inForce = other
      failed = Decision(outcome: .rolledBack, revision: state.inForce.revision, with: with, without: without)
      break
    }
    try keep(next)
    return failed
  }

  /// The student as it was trained.
  private var trained: StudentHead { get throws { try StudentHead(horizon: horizon, features: features) } }

  private func proved(
    _ proof: InclusionProof
  ) throws(RefreshError) -> (version: StudentVersion, logSize: UInt64) {
    let (leaf, size): ([UInt8], UInt64)
    do throws(InclusionProofError) {
      (leaf, size) = try proof.verified(key: key)
    } catch {
      throw RefreshError(.notPermitted, "a student that was offered is not in the model log: \(error)")
    }
    guard let version = StudentVersion(canonicalBytes: leaf[...]), version.index == proof.index else {
      throw RefreshError(.notPermitted, "what was offered is in the model log, and is no student")
    }
    guard version.model == state.model, version.student == state.student else {
      throw RefreshError(
        .notPermitted,
        "the head that was offered is for another student than this device's, of \(state.model): \(version.model)")
    }
    guard version.head.horizon == horizon, version.head.features == features else {
      throw RefreshError(
        .notPermitted,
        "the head that was offered is \(version.head.horizon) × \(version.head.features), not \(horizon) × \(features)")
    }
    guard size >= state.logSize else {
      throw RefreshError(
        .notPermitted, "the model log has \(size) entries, and had \(state.logSize): it was cut or rolled back")
    }
    return (version, size)
  }

  private func error(with head: StudentHead) -> Double {
    samples.reduce(0) { $0 + $1.error(with: head) } / Double(max(1, samples.count))
  }

  private static func isWorse(_ error: Double, than other: Double) -> Bool {
    !(error <= other * (1 + tolerance))
  }

  // MARK: Keeping

  private func head(_ kept: Kept) throws(InferenceError) -> StudentHead {
    try StudentHead(horizon: horizon, features: features, coefficients: kept.coefficients)
  }

  /// Goes on with another state, once it is on disk.
  private mutating func keep(_ next: State) throws(RefreshError) {
    guard next != state else { return }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try DurableFile.write(try encoder.encode(next), to: file)
    } catch let failure as DurableFile.Failure {
      throw RefreshError(.inputOutput, "\(failure.path) cannot be written: \(failure.reason)")
    } catch {
      throw RefreshError(.inputOutput, "\(file.path) cannot be written: \(error)")
    }
    state = next
  }

  private static func read(_ file: URL) throws(RefreshError) -> State? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let handle = try? FileHandle(forReadingFrom: file), let data = try? handle.read(upToCount: mostBytes),
      let state = try? decoder.decode(State.self, from: data)
    else {
      throw RefreshError(
        .badInput, "\(file.path) cannot be read, or is damaged: remove it, and the student begins as it was trained")
    }
    return state
  }
}
