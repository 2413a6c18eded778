package import TacetInference
package import TacetTrust
package import TacetWire

/// A traffic-light controller: its student's forecast, corrected by what the gateways say about the other sites.
///
/// It sits in its camera's trust domain; its forecast stays there.
package actor Controller {
  /// A step's outcome.
  package struct Outcome: Sendable {
    package let forecast: [Float]
    package let student: [Float]
    package let accepted: [String]
    package let quarantined: [String]
    package let trust: [String: Double]
  }

  private let site: String
  private let model: ModelPack
  private let parts: TensorParts
  private var book: TrustBook

  /// - Parameter parts: those of an encoding.
  package init(site: String, model: ModelPack, parts: TensorParts, book: TrustBook) {
    self.site = site
    self.model = model
    self.parts = parts
    self.book = book
  }

  /// What to ask each gateway: a query for each part of the encoding, or as much cover traffic while the device is silent.
  package nonisolated func messages(step: Int, speaking: Bool) -> [Message] {
    parts.all.map { part in
      Message(
        kind: speaking ? .query : .cover, step: UInt64(step), site: site, part: speaking ? part : .whole)
    }
  }

  /// The encoding that one gateway's answers are the parts of; nil when any is missing.
  package nonisolated func encoding(in answers: [Message]) -> [Float]? {
    var assembly = TensorAssembly<Float>(parts)
    for answer in answers {
      guard answer.kind == .answer, answer.status == .ok, case .float32(let values, _) = answer.payload else {
        continue
      }
      if let whole = try? assembly.take(values, as: answer.part) { return whole }
    }
    return nil
  }

  /// The forecast from the sensor's window, what the student makes of it, and the gateways' answers (by name; those that are late are
  /// missing).
  ///
  /// Without an aggregate (silent, all late, all in quarantine) it is the student's.
  package func forecast(window: FloatTensor, student: [Float], answers: [String: [Float]]?) throws -> Outcome {
    guard let answers else { return outcome(forecast: student, student: student, accepted: []) }
    let verdict = book.judge(answers: answers.filter { $0.value.count == model.encodingDimension })
    guard let aggregate = verdict.aggregate else {
      return outcome(forecast: student, student: student, accepted: [])
    }
    let forecast = try model.forecast(window: window, site: site, student: student, encoding: aggregate)
    return outcome(forecast: forecast, student: student, accepted: verdict.accepted.sorted())
  }

  private func outcome(forecast: [Float], student: [Float], accepted: [String]) -> Outcome {
    Outcome(
      forecast: forecast, student: student, accepted: accepted, quarantined: book.quarantined.sorted(),
      trust: book.scores)
  }
}
