import Foundation
package import TacetInference
package import TacetPolicy
package import TacetPrivacy

/// What each ε buys with some model packs over one recording: the work behind `tacet report`. It runs no mesh.
package struct PriceSurvey: Sendable {
  private struct Entry: Sendable {
    let manifest: ModelManifest
    let steps: Int
    let list: PriceList
  }

  private let entries: [Entry]
  private let recordings: SiteRecordings
  private let policy: RunReport.FileDigest?
  private let delta: Double

  /// δ where neither a policy nor anybody else says one.
  package static let usualDelta = 1e-6

  /// - Parameters:
  ///   - packs: 1 or more.
  ///   - policy: its windows and bounds hold for the packs of its unit, which must have been checked to fit it, and its first budget has δ.
  ///   - delta: δ of every ε, strictly between 0 and 1; the policy's, if nil.
  ///   - hours: how much of the recording is forecast, from its beginning; all, if nil.
  /// - Throws: ``PriceError``; `InferenceError` where the recording is not one of a pack's sensors.
  package init(
    _ packs: [ModelPack], over recordings: SiteRecordings, policy: (name: String, policy: Policy)?, delta: Double?,
    hours: Double?
  ) throws {
    self.recordings = recordings
    let privacy = policy?.policy.privacy
    self.policy = policy.map { RunReport.FileDigest(name: $0.name, sha256: $0.policy.digest) }
    let delta = delta ?? privacy?.budgets.first?.delta ?? Self.usualDelta
    self.delta = delta
    try Self.check(packs.map(\.manifest), unit: privacy?.unit)
    entries = try packs.map { pack in
      let reference = ReferenceModel(model: pack, feeds: try recordings.feeds(of: pack.manifest))
      let steps = try Self.steps(of: reference, hours: hours)
      let plan = pack.manifest.unit == .contribution ? privacy?.plan : nil
      return Entry(
        manifest: pack.manifest, steps: steps,
        list: try PriceList(reference, steps: 0..<steps, delta: delta, plan: plan))
    }
  }

  private static func check(_ manifests: [ModelManifest], unit: PrivacyUnit?) throws(PriceError) {
    for manifest in manifests {
      guard let first = manifests.first, manifest.target != first.target else { continue }
      throw .targets(first.target.text, manifest.target.text)
    }
    if let unit, !manifests.contains(where: { $0.unit == unit }) { throw .noPackOfUnit(unit.rawValue) }
  }

  private static func steps(of reference: ReferenceModel, hours: Double?) throws(PriceError) -> Int {
    let all = reference.feeds.first?.steps ?? 0
    guard let hours else { return all }
    let manifest = reference.model.manifest
    let steps = (hours * 3600 / Double(manifest.stepSeconds)).rounded(.down)
    guard steps >= 1 else { throw .shorterThanAStep(model: manifest.model, seconds: manifest.stepSeconds) }
    return steps < Double(all) ? Int(steps) : all
  }

  /// How many steps are forecast in all, at all noise levels.
  package var stepsInAll: Int { entries.reduce(0) { $0 + $1.list.stepsInAll } }

  /// Makes the report.
  /// - Parameters:
  ///   - version: of Tacet.
  ///   - progress: called with how many steps, of ``stepsInAll``, are done.
  /// - Throws: `InferenceError`, what the release mechanism throws, `CancellationError`.
  package func report(
    version: String, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> PriceReport {
    let done = Tally()
    var packs: [PriceReport.Pack] = []
    for entry in entries { packs.append(try await pack(entry) { progress(done.add(1)) }) }
    return PriceReport(
      madeAt: Date(), tacetVersion: version,
      recording: RunReport.FileDigest(name: recordings.file.lastPathComponent, sha256: recordings.digest),
      policy: policy, delta: delta, packs: packs)
  }

  private func pack(_ entry: Entry, progress: @escaping @Sendable () -> Void) async throws -> PriceReport.Pack {
    let manifest = entry.manifest
    return PriceReport.Pack(
      model: manifest.model, version: manifest.version, files: RunReport.FileDigest.files(of: manifest),
      unit: manifest.unit, hides: PriceWords.general.hides(manifest.unit),
      target: PriceReport.Target(name: manifest.target.name, unit: manifest.target.unit), sites: manifest.sites.count,
      steps: entry.steps, stepSeconds: manifest.stepSeconds, mechanism: RunReport.Mechanism(entry.list.mechanism),
      prices: try await entry.list.prices(progress: progress))
  }
}

extension ModelManifest {
  /// The privacy unit that the pack was trained for.
  package var unit: PrivacyUnit { if case .activation = cut { .anyInput } else { .contribution } }
}

extension ModelManifest.Target {
  fileprivate var text: String { "\(name) in \(unit) (feature \(feature))" }
}
