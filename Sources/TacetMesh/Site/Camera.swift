import Foundation
package import Logging
package import TacetInference
package import TacetPrivacy
package import TacetWire

/// A camera: turns what its sensor saw into one noised release a step, as long as its budget lasts and no
/// administrator has sent it to its student.
package struct Camera: Sendable {
  /// What a camera says in a step: a release, or silence that looks like one.
  package enum Utterance: Sendable {
    /// What was charged and noised.
    case release(Spoken)
    /// Nothing; `reason` is for the operator, the wire does not tell.
    case silence(reason: String)
  }

  /// A step's release as it leaves.
  package struct Spoken: Sendable {
    /// The ID of its charge.
    package let identifier: String
    /// In grid units.
    package let values: [Int16]
    /// How many grid units the models take for 1.
    package let unit: Int
  }

  /// What a camera releases.
  package enum Source: Sendable {
    /// What shard-1 makes of its window, each release charged.
    case activations(ReleaseParameters)
    /// How many individuals passed, each stream window charged.
    case counts(CountStream)
  }

  private let site: String
  private let device: String
  private let model: ModelPack
  private let ledger: PrivacyLedger
  private let source: Source
  private let parts: TensorParts
  private let schedule: Schedule
  private let logger: Logger

  /// - Parameter parts: those of a release.
  package init(
    site: String, device: String, model: ModelPack, ledger: PrivacyLedger, source: Source,
    parts: TensorParts, schedule: Schedule, logger: Logger
  ) {
    self.site = site
    self.device = device
    self.model = model
    self.ledger = ledger
    self.source = source
    self.parts = parts
    self.schedule = schedule
    self.logger = logger
  }

  /// Decides and prepares what to say at `step`. The charge is durable before the noise is drawn; any failure to charge
  /// is silence, and so is an administrator's order. Nothing here looks at what is released to decide whether to speak.
  package func utterance(at step: Int, window: FloatTensor) async -> Utterance {
    do {
      return switch source {
      case .activations(let parameters): try await release(step, of: window, with: parameters)
      case .counts(let stream): try await stream.utterance(at: step, counts: model.counts(in: window))
      }
    } catch {
      logger.error("the camera stays silent", metadata: ["step": "\(step)", "error": "\(error)"])
      return .silence(reason: "fault")
    }
  }

  private func release(
    _ step: Int, of window: FloatTensor, with parameters: ReleaseParameters
  ) async throws -> Utterance {
    let activation = try model.embed(window: window, site: site)
    let identifier = "\(Int(schedule.start.timeIntervalSince1970))/\(step)"
    let charge = try await ledger.charge(
      device: device, release: identifier, parameters: parameters, dimension: activation.count)
    switch consume charge {
    case .granted(let reservation):
      let release = try Releaser().release(activation, for: reservation)
      return .release(Spoken(identifier: identifier, values: release.values, unit: parameters.radius))
    case .alreadyCharged: return .silence(reason: "already released")
    case .denied(.fallback(let order)): return .silence(reason: "fallback: \(order.reason)")
    case .denied: return .silence(reason: ForecastRecord.budgetSpent)
    }
  }

  /// The messages of an utterance: a release and a silence have the same wire image.
  package func messages(_ utterance: Utterance, step: Int) -> [Message] {
    parts.all.map { part in
      var message = Message(kind: .cover, step: UInt64(step), site: site)
      guard case .release(let release) = utterance, let values = parts.slice(release.values, part) else {
        return message
      }
      message.kind = .release
      message.part = part
      message.payload = .int16(values, shape: [values.count], scale: 1 / Float(release.unit))
      return message
    }
  }
}
