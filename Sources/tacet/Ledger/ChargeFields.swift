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
  var steps: Int?
  var dimension: Int?

  /// With `defaults` where a field is not given. What a default says for another unit than the one that is charged is not looked
  /// at; what is given here must be of the unit.
  func filled(from defaults: ChargeFields) throws(Flaw) -> ChargeFields {
    let unit = unit ?? defaults.unit ?? .anyInput
    try require(unit)
    let isContribution = unit == .contribution
    return ChargeFields(
      unit: unit, radius: radius ?? (isContribution ? nil : defaults.radius), scale: scale ?? defaults.scale,
      sensitivity: sensitivity ?? (isContribution ? defaults.sensitivity : nil),
      steps: steps ?? (isContribution ? defaults.steps : nil), dimension: dimension ?? defaults.dimension)
  }

  /// Checks that nothing is given that the unit does not have.
  func require(_ unit: PrivacyUnit) throws(Flaw) {
    switch unit {
    case .anyInput:
      guard sensitivity == nil, steps == nil else {
        throw Flaw(description: "sensitivity and steps are of the unit contribution; any-input has a radius")
      }
    case .contribution:
      guard radius == nil else {
        throw Flaw(description: "radius is of the unit any-input; contribution has a sensitivity and steps")
      }
    }
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
        guard let sensitivity, let scale, let steps else {
          throw Flaw(description: "contribution needs a sensitivity, a scale and steps")
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
