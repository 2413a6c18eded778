package import Foundation
import TacetIdentity
package import TacetInference
package import TacetPolicy
package import TacetTrust
package import TacetWire

/// A traffic-light controller: its student's forecast, corrected by what the gateways say about the other sites.
///
/// It sits in its camera's trust domain; its forecast stays there.
package struct Controller: Sendable {
  /// What the site has seen itself, and what its student makes of it.
  package struct Sight: Sendable {
    package let window: FloatTensor
    package let student: [Float]

    package init(window: FloatTensor, student: [Float]) {
      (self.window, self.student) = (window, student)
    }
  }

  /// A step's outcome.
  package struct Outcome: Sendable {
    package let forecast: [Float]
    package let student: [Float]
    package let accepted: [String]
    /// How far each gateway's answer is from what the forecast was made of, as a share of that; none where it is the student's.
    package let distances: [String: Double]
    /// Every gateway's trust after the step, and where it stands.
    package let trust: [String: Double]
    package let standings: [String: Standing]

    /// Those in quarantine.
    package var quarantined: [String] { standings.filter { $0.value == .quarantine }.keys.sorted() }
  }

  /// What a gateway answers.
  package struct Answer: Sendable, Hashable {
    /// Empty, which is a lie, for what is no encoding.
    package let encoding: [Float]
    /// What it says that it made it from; empty where it does not say.
    package let inputs: [UInt8]

    package init(_ encoding: [Float], inputs: [UInt8]) {
      (self.encoding, self.inputs) = (encoding, inputs)
    }

    static let lie = Self([], inputs: [])
  }

  /// A forecast, and the answers that are in it.
  package struct Forecast: Sendable {
    package let values: [Float]
    package let accepted: Set<String>
    /// What it was made of.
    package let encoding: [Float]
  }

  private let site: String
  private let model: ModelPack
  private let parts: TensorParts
  private let gateways: Set<String>
  private let trust: TrustRegister

  /// - Parameters:
  ///   - parts: those of an encoding.
  ///   - gateways: all that may be asked.
  package init(site: String, model: ModelPack, parts: TensorParts, gateways: Set<String>, trust: TrustRegister) {
    self.site = site
    self.model = model
    self.parts = parts
    self.gateways = gateways
    self.trust = trust
  }

  /// Which gateways to ask in a step: as many as the policy says, by trust.
  package func choose(_ aggregation: Policy.Aggregation) async -> Set<String> {
    await trust.choose(
      aggregation.redundancy, of: gateways, for: .answer, exploration: aggregation.exploration)
  }

  /// Takes in what a link has seen of a gateway's certificate.
  package func hear(_ news: PeerNews.Items, of gateway: String, at time: Date) async {
    if let peer = news.met { await trust.admit(gateway, issuer: peer.issuerKeyDigest, at: time) }
    if let serial = news.revoked { await trust.observe(.revoked(serial: serial, at: time), of: gateway) }
    if let reason = news.refused {
      await trust.observe(.absent(reason: reason, at: time), of: gateway, for: .answer)
    }
  }

  /// What to ask each gateway: a query for each part of the encoding, or as much cover traffic while the device is silent.
  package func messages(step: Int, speaking: Bool) -> [Message] {
    parts.all.map { part in
      Message(
        kind: speaking ? .query : .cover, step: UInt64(step), site: site, part: speaking ? part : .whole)
    }
  }

  /// The answer that one gateway's messages are the parts of; nil when any is missing. A lie, when one is there that is no part: of another
  /// length, no tensor, or made from something else than the others.
  package func answer(in messages: [Message]) -> Answer? {
    var assembly = TensorAssembly<Float>(parts)
    let said = messages.filter { $0.kind == .answer && $0.status == .ok }
    for message in said {
      guard case .float32(let values, _) = message.payload, message.inputs == said.first?.inputs else { return .lie }
      do {
        if let whole = try assembly.take(values, as: message.part) { return Answer(whole, inputs: message.inputs) }
      } catch {
        return .lie
      }
    }
    return nil
  }

  /// The question of a step.
  /// - Parameter asked: the gateways that were asked.
  package func round(asked: Set<String>, at time: Date) -> TrustRound {
    TrustRound(.answer, members: gateways, asked: asked, at: time)
  }

  /// The forecast from those who have answered, when the answers still missing cannot change it by more than the policy's tolerance; nil
  /// while they can.
  package func early(
    sight: Sight, answers: [String: Answer], in round: TrustRound
  ) async throws -> Forecast? {
    guard let known = await trust.early(answers.mapValues(\.encoding), dimension: model.encodingDimension, in: round)
    else { return nil }
    return try forecast(sight, encoding: known.result, of: known.accepted)
  }

  /// The forecast from the sensor's window and the gateways' answers (by name; those that are late are missing), and what is learnt of
  /// those that were asked.
  ///
  /// Without an aggregate (all late, all in quarantine) it is the student's. One that was made early stays.
  package func forecast(
    sight: Sight, answers: [String: Answer], early: Forecast? = nil, in round: TrustRound
  ) async throws -> Outcome {
    let verdict = await trust.judge(
      answers.mapValues(\.encoding), madeFrom: answers.mapValues(\.inputs), dimension: model.encodingDimension,
      in: round)
    if let early { return await outcome(early, answers, student: sight.student) }
    guard let aggregate = verdict.result else { return await outcome(nil, answers, student: sight.student) }
    let forecast = try forecast(sight, encoding: aggregate, of: verdict.accepted)
    return await outcome(forecast, answers, student: sight.student)
  }

  /// The forecast of a step in which nobody was asked: the student's.
  package func forecast(sight: Sight) async -> Outcome {
    await outcome(nil, [:], student: sight.student)
  }

  private func forecast(_ sight: Sight, encoding: [Float], of accepted: Set<String>) throws -> Forecast {
    let values = try model.forecast(
      window: sight.window, site: site, student: sight.student, encoding: encoding)
    return Forecast(values: values, accepted: accepted, encoding: encoding)
  }

  private func outcome(
    _ forecast: Forecast?, _ answers: [String: Answer], student: [Float]
  ) async -> Outcome {
    let book = await trust.current
    var distances: [String: Double] = [:]
    if let encoding = forecast?.encoding {
      distances = answers.mapValues(\.encoding).filter { $0.value.count == encoding.count }.mapValues {
        TrustBook.relativeDistance(of: $0, to: encoding)
      }
    }
    return Outcome(
      forecast: forecast?.values ?? student, student: student, accepted: forecast?.accepted.sorted() ?? [],
      distances: distances.filter(\.value.isFinite),
      trust: book.scores(for: .answer).filter { gateways.contains($0.key) },
      standings: book.standings(for: .answer).filter { gateways.contains($0.key) })
  }
}
