/// What a charge pays for: a Gaussian mechanism, under the privacy unit that it protects.
public enum Mechanism: Hashable, Sendable {
  /// One release. Any two inputs are neighbours.
  case anyInput(ReleaseParameters)
  /// One stream window. With one individual and without are neighbours.
  case contribution(StreamParameters)

  /// What neighbours differ in.
  public var unit: PrivacyUnit {
    switch self {
    case .anyInput: .anyInput
    case .contribution: .contribution
    }
  }

  /// μ², rounded up.
  public var cost: PrivacyCost {
    switch self {
    case .anyInput(let parameters): parameters.cost
    case .contribution(let parameters): parameters.cost
    }
  }

  /// S, and how its noise is drawn.
  public var noiseScale: NoiseScale {
    switch self {
    case .anyInput(let parameters): parameters.noiseScale
    case .contribution(let parameters): parameters.noiseScale
    }
  }

  /// How many releases it has.
  public var steps: Int {
    switch self {
    case .anyInput: 1
    case .contribution(let parameters): parameters.steps
    }
  }

  /// How many numbers are noised when a release has `dimension`, saturating.
  func numbers(dimension: UInt64) -> UInt64 {
    let (numbers, overflow) = dimension.multipliedReportingOverflow(by: UInt64(steps))
    return overflow ? .max : numbers
  }
}
