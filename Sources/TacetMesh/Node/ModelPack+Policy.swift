package import TacetInference
package import TacetPolicy

extension ModelPack {
  /// Checks that the pack was trained for what a policy releases: another unit, filter or noise is not put in its place.
  /// - Throws: `InferenceError`; ``MeshError`` when a window has no room for a step.
  package func require(_ releases: Policy.Privacy.Releases) throws {
    switch releases {
    case .anyInput(let parameters): try require(radius: parameters.radius, scale: parameters.scale)
    case .contribution(let plan):
      try require(taps: plan.filter.taps, scale: plan.parameters.scale)
      guard plan.parameters.steps >= manifest.binsPerStep else {
        throw MeshError.badInput(
          "the policy's privacy.steps is \(plan.parameters.steps), and a step of the model pack \(manifest.model) has "
            + "\(manifest.binsPerStep) releases: a window needs that many or more")
      }
    }
  }
}
