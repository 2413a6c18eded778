public import ArgumentParser
public import TacetPrivacy

/// How a release, or a stream window, is charged: as flags say, or as members of a line, which win over flags.
struct ChargeFields: Decodable {
  /// Why the fields charge nothing; one line without its place.
  struct Flaw: Error, CustomStringConvertible {
    let description: String
  }

  var unit: PrivacyUnit?
  var radius: Int?
  var scale: Int?
  var sensitivity: Int?
  var filter: [Int]?
  var passages: Int?
  var bound: Int?
  var steps: Int?
  var dimension: Int?

  /// With `defaults` where a field is not given. What a default says for another unit than the one that is charged is not looked
  /// at; what is given here must be of the unit.
  func filled(from defaults: ChargeFields) throws(Flaw) -> ChargeFields {
    let unit = unit ?? defaults.unit ?? .anyInput
    try require(unit)
    let isContribution = unit == .contribution
    var fields = self
    fields.unit = unit
    fields.scale = scale ?? defaults.scale
    fields.dimension = dimension ?? defaults.dimension
    if !isContribution { fields.radius = radius ?? defaults.radius }
    guard isContribution else { return fields }
    fields.steps = steps ?? defaults.steps
    // A sensitivity of its own is not that of a default's filter, nor the other way round.
    if !namesOrigin { fields.sensitivity = sensitivity ?? defaults.sensitivity }
    if namesOrigin || sensitivity == nil {
      fields.filter = filter ?? defaults.filter
      fields.passages = passages ?? defaults.passages
      fields.bound = bound ?? defaults.bound
    }
    return fields
  }

  /// Whether something is said of what the sensitivity follows from.
  private var namesOrigin: Bool { filter != nil || passages != nil || bound != nil }

  /// Checks that nothing is given that the unit does not have.
  func require(_ unit: PrivacyUnit) throws(Flaw) {
    switch unit {
    case .anyInput:
      guard sensitivity == nil, steps == nil, !namesOrigin else {
        throw Flaw(
          description:
            "sensitivity, filter, passages, bound and steps are of the unit contribution; any-input has a radius")
      }
    case .contribution:
      guard radius == nil else {
        throw Flaw(
          description:
            "radius is of the unit any-input; contribution has a sensitivity, or filter, passages and bound, and steps")
      }
    }
  }

  /// Checks that filter, passages and bound are all there or none, and that a sensitivity beside them is the one they have.
  func requireOrigin() throws(Flaw) {
    guard namesOrigin else { return }
    // The scale and the steps change nothing of it.
    _ = try plan(scale: NoiseScale.largest, steps: 1)
  }

  private func plan(scale: Int, steps: Int) throws(Flaw) -> ContributionPlan {
    guard let filter, let passages, let bound else {
      throw Flaw(description: "filter, passages and bound go together")
    }
    let plan: ContributionPlan
    do {
      plan = try ContributionPlan(
        filter: CausalFilter(taps: filter), passages: passages, bound: bound, scale: scale, steps: steps)
    } catch {
      throw Flaw(description: "\(error)")
    }
    guard sensitivity ?? plan.sensitivity == plan.sensitivity else {
      throw Flaw(
        description:
          "sensitivity is \(sensitivity ?? 0), and \(plan.sensitivity) by filter, passages and bound: leave it out")
    }
    return plan
  }

  /// What is paid for.
  func mechanism() throws(Flaw) -> Mechanism {
    let unit = unit ?? .anyInput
    try require(unit)
    do {
      switch unit {
      case .anyInput:
        guard let radius, let scale else { throw Flaw(description: "any-input needs a radius and a scale") }
        return .anyInput(try ReleaseParameters(radius: radius, scale: scale))
      case .contribution:
        guard let scale, let steps, sensitivity != nil || namesOrigin else {
          throw Flaw(description: "contribution needs a scale, steps, and a sensitivity or filter, passages and bound")
        }
        guard !namesOrigin, let sensitivity else {
          return .contribution(try plan(scale: scale, steps: steps).parameters)
        }
        return .contribution(try StreamParameters(sensitivity: sensitivity, scale: scale, steps: steps))
      }
    } catch let flaw as Flaw {
      throw flaw
    } catch {
      throw Flaw(description: "\(error)")
    }
  }
}

extension PrivacyUnit: ExpressibleByArgument {}
