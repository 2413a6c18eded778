/// The version of this build.
package enum TacetVersion {
  /// Semantic version, as in CHANGELOG.md.
  package static let current = "0.1.0"
}
