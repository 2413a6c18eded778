/// How wrong the answers to a workload are on average, as a function of the filter.
protocol FilterLoss {
  /// The mean squared error of the best answers from u ∗ c + noise, and its gradient.
  /// - Parameter filter: u, the taps in units of what is charged: L2 norm 1, or less.
  func evaluate(_ filter: [Double]) -> LossValue
}

/// A loss at one filter.
struct LossValue {
  /// Not finite where there is no answer.
  var value: Double
  /// By each tap.
  var gradient: [Double]

  /// Where there is no answer.
  static func none(taps: Int) -> LossValue {
    LossValue(value: .infinity, gradient: Array(repeating: 0, count: taps))
  }
}

extension FilterWorkload {
  /// The loss of this workload at noise of `noiseVariance` on counts that pass a filter of norm 1.
  func loss(noiseVariance: Double) -> any FilterLoss {
    if let autocovariance {
      LeastSquaresLoss(self, autocovariance: autocovariance, noiseVariance: noiseVariance)
    } else {
      UnbiasedLoss(workload: self, noiseVariance: noiseVariance)
    }
  }
}
