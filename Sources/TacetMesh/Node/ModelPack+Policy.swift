package import TacetInference
package import TacetPolicy

extension ModelPack {
  /// Checks that the pack was trained for what a policy releases: another unit, filter or noise is not put in its place.
  /// - Throws: `InferenceError`.
  package func require(_ releases: Policy.Privacy.Releases) throws(InferenceError) {
    switch releases {
    case .anyInput(let parameters): try require(radius: parameters.radius, scale: parameters.scale)
    case .contribution(let plan): try require(taps: plan.filter.taps, scale: plan.parameters.scale)
    }
  }
}
