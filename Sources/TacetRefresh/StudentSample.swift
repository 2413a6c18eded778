package import TacetInference

/// What a student made of one window of a sensor, and what came after it. It holds raw data: it stays in the device.
package struct StudentSample: Sendable, Hashable {
  /// Whose window: the step of the mesh.
  package let step: Int
  /// The student's forecast without a head, H numbers.
  package let forecast: [Float]
  /// Its features, K numbers.
  package let features: [Float]
  /// What was to be forecast, H numbers.
  package let target: [Float]

  package init(step: Int, forecast: [Float], features: [Float], target: [Float]) {
    (self.step, self.forecast, self.features, self.target) = (step, forecast, features, target)
  }

  /// The mean absolute error with a head, in the unit of the forecast.
  package func error(with head: StudentHead) -> Double {
    let errors = zip(target, head.corrected(forecast, features: features)).map { Double(($0 - $1).magnitude) }
    return errors.reduce(0, +) / Double(max(1, errors.count))
  }

  /// How the head should change for that error to fall: minus its subgradient, sign(y − ŷ) φᵀ, [H, K] row-major, divided by √(H·K), so that
  /// its L2 norm is about 1.
  package func descent(from head: StudentHead) -> [Float] {
    let unit = 1 / Float(target.count * features.count).squareRoot()
    return zip(target, head.corrected(forecast, features: features)).flatMap { truth, forecast in
      let sign: Float = truth > forecast ? unit : truth < forecast ? -unit : 0
      return features.map { sign * $0 }
    }
  }
}

/// The samples of a sensor as it goes on: a window's is whole when its target has been seen, some steps later.
package struct StudentTrace: Sendable {
  private let model: ModelPack
  private let site: String
  /// What was made of windows whose targets are to come, the oldest first.
  private var open: [(step: Int, forecast: [Float], features: [Float])] = []

  /// - Throws: `InferenceError` when the model has no such site, or its student no features.
  package init(model: ModelPack, site: String) throws {
    try model.require(site: site)
    try model.requireFeatures()
    (self.model, self.site) = (model, site)
  }

  /// Takes in the window of the next step; returns the sample that its last bins make whole, if any.
  /// - Parameters:
  ///   - window: [1, W, F]. Where the steps since the last one are missing, nothing is known of what came between, as at a run's beginning.
  ///   - student: what the student made of it.
  package mutating func take(
    _ window: FloatTensor, step: Int, student: (forecast: [Float], features: [Float])
  ) -> StudentSample? {
    if let last = open.last, step != last.step + 1 { open = [] }
    let due = step - model.manifest.stepsUntilTarget
    let sample = open.first.flatMap { first in
      first.step == due
        ? model.manifest.target(in: window, stepsBefore: model.manifest.stepsUntilTarget).map {
          StudentSample(step: first.step, forecast: first.forecast, features: first.features, target: $0)
        } : nil
    }
    open.removeAll { $0.step <= due }
    open.append((step, student.forecast, student.features))
    return sample
  }

  /// Forgets the windows whose targets are to come: a run has ended.
  package mutating func endRun() { open = [] }
}
