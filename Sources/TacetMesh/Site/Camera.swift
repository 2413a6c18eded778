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
    /// A charged, noised release.
    case release(Release)
    /// Nothing; `reason` is for the operator, the wire does not tell.
    case silence(reason: String)
  }

  private let site: String
  private let device: String
  private let model: ModelPack
  private let ledger: PrivacyLedger
  private let parameters: ReleaseParameters
  private let parts: TensorParts
  private let schedule: Schedule
  private let logger: Logger

  /// - Parameter parts: those of a release.
  package init(
    site: String, device: String, model: ModelPack, ledger: PrivacyLedger, parameters: ReleaseParameters,
    parts: TensorParts, schedule: Schedule, logger: Logger
  ) {
    self.site = site
    self.device = device
    self.model = model
    self.ledger = ledger
    self.parameters = parameters
    self.parts = parts
    self.schedule = schedule
    self.logger = logger
  }

  /// Decides and prepares what to say at `step`. The charge is durable before the noise is drawn; any failure to charge
  /// is silence, and so is an administrator's order. Nothing here looks at the activation to decide whether to speak.
  package func utterance(at step: Int, window: FloatTensor) async -> Utterance {
    do {
      let activation = try model.embed(window: window, site: site)
      let identifier = "\(Int(schedule.start.timeIntervalSince1970))/\(step)"
      let charge = try await ledger.charge(
        device: device, release: identifier, parameters: parameters, dimension: activation.count)
      switch consume charge {
      case .granted(let reservation):
        return .release(try Releaser().release(activation, for: reservation))
      case .alreadyCharged:
        return .silence(reason: "already released")
      case .denied(.fallback(let order)):
        return .silence(reason: "fallback: \(order.reason)")
      case .denied:
        return .silence(reason: ForecastRecord.budgetSpent)
      }
    } catch {
      logger.error("the camera stays silent", metadata: ["step": "\(step)", "error": "\(error)"])
      return .silence(reason: "fault")
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
      message.payload = .int16(values, shape: [values.count], scale: 1 / Float(release.parameters.radius))
      return message
    }
  }
}
