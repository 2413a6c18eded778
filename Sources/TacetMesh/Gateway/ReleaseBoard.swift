package import TacetInference

/// The releases that have reached a gateway, by step and site, and the encodings made of them.
///
/// Memory is bounded: only steps near the present are taken in, old ones are dropped, and each site speaks once a step.
package actor ReleaseBoard {
  /// Why a release was not taken in.
  package enum Refusal: Error, Hashable, Sendable {
    /// The site has already spoken in this step.
    case repeated
  }

  private let model: ModelPack
  private let schedule: Schedule
  private var releases: [Int: [Int: [Float]]] = [:]
  private var encodings: [Int: [[Float]]] = [:]

  package init(model: ModelPack, schedule: Schedule) {
    self.model = model
    self.schedule = schedule
  }

  /// Takes in a site's release: `values` in units of the clipping radius, `site` an index into the model's sites, `step` a
  /// recent one (``Schedule/recent(_:at:)``).
  package func accept(_ values: [Float], site: Int, step: Int) throws(Refusal) {
    guard releases[step]?[site] == nil else { throw .repeated }
    releases[step, default: [:]][site] = values
    forget(before: step - model.manifest.history - 1)
  }

  /// The encodings of `step`, one row a site, from what has arrived by the first call; later calls get the same rows, which are then
  /// known.
  package func encodings(of step: Int) throws -> (rows: [[Float]], isKnown: Bool) {
    if let known = encodings[step] { return (known, true) }
    let history = model.manifest.history
    let beginning = schedule.beginningOfRun(of: step)
    let steps = (step - history + 1)...step
    let rows = try model.encode(
      history: steps.map { $0 < beginning ? [:] : releases[$0] ?? [:] })
    encodings[step] = rows
    forget(before: step - history - 1)
    return (rows, false)
  }

  private func forget(before step: Int) {
    releases = releases.filter { $0.key >= step }
    encodings = encodings.filter { $0.key >= step }
  }
}
