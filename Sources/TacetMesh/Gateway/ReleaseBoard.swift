package import TacetInference
package import TacetWire

/// The releases that have reached a gateway, by step and site, and the encodings made of them.
///
/// A release comes in a fixed number of parts, in any order. Memory is bounded: only steps near the present are taken in, old ones
/// are dropped, and each site speaks once a step.
package actor ReleaseBoard {
  /// Why a release was not taken in.
  package enum Refusal: Error, Hashable, Sendable {
    /// The site has already spoken in this step.
    case repeated
    /// The part is not one of the model's releases.
    case misfit
  }

  private let model: ModelPack
  private let schedule: Schedule
  private let parts: TensorParts
  private var releases: [Int: [Int: [Float]]] = [:]
  /// Releases of which parts are missing.
  private var incoming: [Int: [Int: TensorAssembly<Int16>]] = [:]
  private var encodings: [Int: SiteEncodings] = [:]

  /// - Parameter parts: those of the model's releases.
  package init(model: ModelPack, schedule: Schedule, parts: TensorParts) {
    self.model = model
    self.schedule = schedule
    self.parts = parts
  }

  /// Takes in a part of a site's release.
  /// - Parameters:
  ///   - values: in grid units, `unit` of which are 1 to the model.
  ///   - site: an index into the model's sites.
  ///   - step: a recent one (``Schedule/recent(_:at:)``).
  /// - Returns: whether the release is here as a whole now.
  package func accept(
    _ values: [Int16], part: Message.Part, unit: Int, site: Int, step: Int
  ) throws(Refusal) -> Bool {
    guard releases[step]?[site] == nil else { throw .repeated }
    // No step before the last one is recent.
    incoming = incoming.filter { $0.key >= step - 1 }
    let whole: [Int16]?
    do throws(TensorAssembly<Int16>.Refusal) {
      whole = try incoming[step, default: [:]][site, default: TensorAssembly(parts)].take(values, as: part)
    } catch {
      throw error == .conflict ? .repeated : .misfit
    }
    guard let whole else { return false }
    incoming[step]?[site] = nil
    releases[step, default: [:]][site] = whole.map { Float($0) / Float(unit) }
    forget(before: step - model.manifest.history - 1)
    return true
  }

  /// The encodings of `step`, from what has arrived by the first call; later calls get the same, which are then known.
  package func encodings(of step: Int) throws -> (SiteEncodings, isKnown: Bool) {
    if let known = encodings[step] { return (known, true) }
    let history = model.manifest.history
    let beginning = schedule.beginningOfRun(of: step)
    let steps = (step - history + 1)...step
    let made = try model.encode(history: steps.map { $0 < beginning ? [:] : releases[$0] ?? [:] })
    encodings[step] = made
    forget(before: step - history - 1)
    return (made, false)
  }

  private func forget(before step: Int) {
    releases = releases.filter { $0.key >= step }
    encodings = encodings.filter { $0.key >= step }
  }
}
