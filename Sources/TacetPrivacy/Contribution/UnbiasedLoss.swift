/// The loss where nothing is known of the counts: the receiver undoes the filter, and its answers are right on average, whatever
/// the counts are.
///
/// The releases of K steps are C c + z, C the lower triangular Toeplitz matrix of the filter u, z noise of variance ν. The answers A c are
/// estimated by B (C c + z), A = B C, and their squared errors come to ν‖B‖² in all: the matrix mechanism (Li, Miklau, Hay,
/// McGregor and Rastogi 2015; for streams Denisov, McMahan, Rush, Smith and Thakurta 2022; with banded Toeplitz C McKenna 2024). All
/// three matrices are Toeplitz, so that B is the power series b = a / u cut at K terms, and the mean over the steps is
/// ν Σ (K − n)/K · b_n². From u·b = a, ∂b/∂u_n is −(b/u), shifted by n.
struct UnbiasedLoss: FilterLoss {
  let workload: FilterWorkload
  /// ν.
  let noiseVariance: Double

  func evaluate(_ filter: [Double]) -> LossValue {
    var loss = LossValue(value: 0, gradient: Array(repeating: 0, count: filter.count))
    for (query, share) in zip(workload.queries, workload.shares) {
      let answer = quotient(query.weights, filter)
      let slope = quotient(answer, filter)
      let factor = share * noiseVariance / Double(workload.steps)
      let weighted = answer.enumerated().map { factor * Double(workload.steps - $0.offset) * $0.element }
      loss.value += zip(weighted, answer).reduce(0) { $0 + $1.0 * $1.1 }
      for tap in filter.indices where tap < workload.steps {
        var sum = 0.0
        for step in tap..<workload.steps { sum += weighted[step] * slope[step - tap] }
        loss.gradient[tap] -= 2 * sum
      }
    }
    return loss
  }

  /// The first terms, one for each step, of the power series `dividend` / `divisor`.
  private func quotient(_ dividend: [Double], _ divisor: [Double]) -> [Double] {
    guard let first = divisor.first else { return [] }
    var terms = dividend + Array(repeating: 0, count: max(0, workload.steps - dividend.count))
    for step in 0..<workload.steps {
      var sum = terms[step]
      for lag in 1..<min(step + 1, divisor.count) { sum -= divisor[lag] * terms[step - lag] }
      terms[step] = sum / first
    }
    return terms
  }
}
