package import TacetInference
package import TacetPrivacy

/// A device's round of a refresh: what its samples say of the head that is in force, added up until it is time to say it.
package struct DeviceRound: ~Copyable, Sendable {
  /// Which round, from 0: that of the samples of the steps `number · steps …`.
  package let number: Int
  /// The head that the samples are of.
  package let head: StudentHead
  private var sum: EventSum

  /// - Throws: `ReleaseError` when a head is larger than a release.
  package init(number: Int, head: StudentHead, parameters: RefreshParameters) throws(ReleaseError) {
    (self.number, self.head) = (number, head)
    sum = try EventSum(parameters: parameters.sum, dimension: head.coefficients.count)
  }

  /// Adds a sample; none counts twice.
  package mutating func add(_ sample: StudentSample) {
    sum.add(sample.descent(from: head), window: sample.step)
  }

  /// What is to be released.
  package consuming func ended() -> EventSum { sum }
}
