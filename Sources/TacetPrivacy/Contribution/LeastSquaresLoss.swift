/// The loss where the covariance R of the counts is known: at each step the receiver gives the linear estimate of least mean squared
/// error (Wiener 1949, Kalman 1960) from all releases of the window so far.
///
/// What is asked at step t is a·c, what is known y = C c + z: with M = C R Cᵀ + ν1 and v = C R a, both of the steps 0…t, the best
/// coefficients solve M g = v, and with ρ = a − Cᵀ g the error is ρᵀ R ρ + ν‖g‖². As g is the best for this C, the derivative by a tap is that of
/// this expression with g held: −2 Σ_s g_s (Rρ)_{s−n}.
struct LeastSquaresLoss: FilterLoss {
  private let workload: FilterWorkload
  private let noiseVariance: Double
  /// The covariances that are not zero by position, from lag 0.
  private let lags: [Double]

  init(_ workload: FilterWorkload, autocovariance: [Double], noiseVariance: Double) {
    (self.workload, lags, self.noiseVariance) = (workload, autocovariance, noiseVariance)
  }

  func evaluate(_ filter: [Double]) -> LossValue {
    let crossed = crossCovariance(filter)
    guard let factor = CholeskyFactor(of: covariance(of: filter, crossed), size: workload.steps) else {
      return .none(taps: filter.count)
    }
    var loss = LossValue(value: 0, gradient: Array(repeating: 0, count: filter.count))
    for (query, share) in zip(workload.queries, workload.shares) {
      for step in 0..<workload.steps {
        add(query, at: step, filter, crossed, factor, share: share / Double(workload.steps), to: &loss)
      }
    }
    return loss
  }

  /// Adds the error of one query's answer at one step.
  private func add(
    _ query: FilterWorkload.Query, at step: Int, _ filter: [Double], _ crossed: [Double], _ factor: CholeskyFactor,
    share: Double, to loss: inout LossValue
  ) {
    let asked = (0...step).map { step - $0 < query.weights.count ? query.weights[step - $0] : 0 }
    let start = max(0, step + 1 - query.weights.count)
    let wanted = (0...step).map { row in
      var sum = 0.0
      for count in start...step { sum += crossed[row * workload.steps + count] * asked[count] }
      return sum
    }
    let coefficients = factor.solve(wanted)
    var missed = asked
    for count in 0...step {
      for lag in 0..<min(filter.count, step - count + 1) { missed[count] -= filter[lag] * coefficients[count + lag] }
    }
    let spread = self.spread(missed)
    for count in 0...step {
      loss.value += share * (missed[count] * spread[count] + noiseVariance * coefficients[count] * coefficients[count])
    }
    for lag in 0..<min(filter.count, step + 1) {
      var sum = 0.0
      for row in lag...step { sum += coefficients[row] * spread[row - lag] }
      loss.gradient[lag] -= 2 * share * sum
    }
  }

  /// R · `vector`, of as many steps as it has.
  private func spread(_ vector: [Double]) -> [Double] {
    vector.indices.map { row in
      var sum = 0.0
      for column in max(0, row - lags.count + 1)..<min(vector.count, row + lags.count) {
        sum += lags[abs(row - column)] * vector[column]
      }
      return sum
    }
  }

  /// C R, row by row: the covariance of what is filtered at a step with each count of the window.
  private func crossCovariance(_ filter: [Double]) -> [Double] {
    var matrix = [Double](repeating: 0, count: workload.steps * workload.steps)
    for row in 0..<workload.steps {
      for (lag, tap) in filter.enumerated() where lag <= row {
        for column in max(0, row - lag - lags.count + 1)..<min(workload.steps, row - lag + lags.count) {
          matrix[row * workload.steps + column] += tap * lags[abs(row - lag - column)]
        }
      }
    }
    return matrix
  }

  /// M, row by row: the covariance of the releases.
  private func covariance(of filter: [Double], _ crossed: [Double]) -> [Double] {
    var matrix = [Double](repeating: 0, count: workload.steps * workload.steps)
    for row in 0..<workload.steps {
      for column in 0...row {
        var sum = row == column ? noiseVariance : 0
        for lag in 0..<min(filter.count, column + 1) {
          sum += filter[lag] * crossed[row * workload.steps + column - lag]
        }
        matrix[row * workload.steps + column] = sum
      }
    }
    return matrix
  }
}

/// The lower triangular factor L of a symmetric matrix M = L Lᵀ.
struct CholeskyFactor {
  private let size: Int
  /// Row by row.
  private var rows: [Double]

  /// Reads the lower triangle, row by row; nil when the matrix is not positive definite.
  init?(of matrix: [Double], size: Int) {
    self.size = size
    rows = matrix
    for row in 0..<size {
      for column in 0...row {
        var sum = rows[row * size + column]
        for index in 0..<column { sum -= rows[row * size + index] * rows[column * size + index] }
        if column < row {
          rows[row * size + column] = sum / rows[column * size + column]
        } else {
          guard sum > 0, sum.isFinite else { return nil }
          rows[row * size + row] = sum.squareRoot()
        }
      }
    }
  }

  /// Solves M x = `vector` for the leading part of M that has as many rows.
  func solve(_ vector: [Double]) -> [Double] {
    var solution = vector
    for row in solution.indices {
      var sum = solution[row]
      for index in 0..<row { sum -= rows[row * size + index] * solution[index] }
      solution[row] = sum / rows[row * size + row]
    }
    for row in solution.indices.reversed() {
      let value = solution[row] / rows[row * size + row]
      solution[row] = value
      for index in 0..<row { solution[index] -= rows[row * size + index] * value }
    }
    return solution
  }
}
