package import TacetInference
package import TacetPrivacy

/// A device's round of a refresh: what its samples say of a head, added up until it is time to say it.
///
/// The head must be one that was published, and not the one that the device has found good: that it found by its samples.
package struct DeviceRound: ~Copyable, Sendable {
  /// The head that the samples are of.
  package let head: StudentHead
  private var sum: EventSum

  /// - Throws: `ReleaseError` when a head is larger than a release.
  package init(head: StudentHead, parameters: RefreshParameters) throws(ReleaseError) {
    self.head = head
    sum = try EventSum(parameters: parameters.sum, dimension: head.coefficients.count)
  }

  /// Adds a sample; none counts twice.
  package mutating func add(_ sample: StudentSample) {
    sum.add(sample.descent(from: head), window: sample.step)
  }

  /// What is to be released.
  package consuming func ended() -> EventSum { sum }
}
