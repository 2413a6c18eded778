import Foundation

/// Looks for the shape of least loss among the filters of norm 1, downhill from one of them.
///
/// The logarithm of the loss of h / ‖h‖ is a function on all h but 0, and a step along its gradient, which has no part along h, stays near the
/// sphere. It is followed by the method of Broyden, Fletcher, Goldfarb and Shanno with steps halved until they go down (Nocedal and
/// Wright, *Numerical Optimization*, 2006, chapters 3 and 6). The same numbers at every run: nothing is drawn at random.
struct ShapeDescent {
  /// The best so far, of norm 1.
  private(set) var shape: [Double]
  /// Its loss; infinite where it has none.
  private(set) var loss: Double
  private let objective: any FilterLoss
  private var slope: [Double]
  private var curvature: InverseCurvature

  private static let mostSteps = 300
  private static let mostHalvings = 40
  /// Where the logarithm of the loss changes by less than this a step, and again, is the end.
  private static let leastGain = 1e-10

  /// Goes down from `start` to where it goes down no more.
  init(of objective: any FilterLoss, from start: UnitShape) {
    self.objective = objective
    shape = start.numbers
    (loss, slope) = Self.evaluate(objective, start.numbers)
    curvature = InverseCurvature(size: start.numbers.count)
    guard loss.isFinite, shape.count > 1 else { return }
    var idle = 0
    for _ in 0..<Self.mostSteps where idle < 2 {
      guard let gain = step() else { return }
      idle = gain < Self.leastGain ? idle + 1 : 0
    }
  }

  /// One step down; the gain in the logarithm of the loss, or nil when none was found.
  private mutating func step() -> Double? {
    var direction = curvature.direction(down: slope)
    var fall = Self.product(direction, slope)
    if !(fall < 0) {
      curvature = InverseCurvature(size: shape.count)
      direction = curvature.direction(down: slope)
      fall = Self.product(direction, slope)
    }
    guard fall < 0 else { return nil }
    // Further than the sphere is wide makes no sense on it.
    var length = min(1, 1 / Self.product(direction, direction).squareRoot())
    for _ in 0..<Self.mostHalvings {
      let moved = zip(shape, direction).map { $0 + length * $1 }
      if let next = UnitShape(moved)?.numbers {
        let (loss, slope) = Self.evaluate(objective, next)
        let gain = log(self.loss) - log(loss)
        if gain.isFinite, gain >= -1e-4 * length * fall {
          curvature.learn(step: Self.difference(next, shape), change: Self.difference(slope, self.slope))
          (shape, self.loss, self.slope) = (next, loss, slope)
          return gain
        }
      }
      length /= 2
    }
    return nil
  }

  /// The loss and the gradient of its logarithm along the sphere.
  private static func evaluate(_ objective: any FilterLoss, _ shape: [Double]) -> (loss: Double, slope: [Double]) {
    let value = objective.evaluate(shape)
    guard value.value.isFinite, value.value > 0, value.gradient.allSatisfy(\.isFinite) else {
      return (.infinity, Array(repeating: 0, count: shape.count))
    }
    let along = product(value.gradient, shape)
    return (value.value, zip(value.gradient, shape).map { ($0 - along * $1) / value.value })
  }

  private static func product(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func difference(_ left: [Double], _ right: [Double]) -> [Double] {
    zip(left, right).map { $0 - $1 }
  }
}

/// What steps have taught of the inverse of the second derivatives: a symmetric matrix with no direction that is not curved upwards.
struct InverseCurvature {
  private var rows: [[Double]]
  private var isUntaught = true

  /// As if every direction were curved alike.
  init(size: Int) {
    rows = (0..<size).map { row in (0..<size).map { $0 == row ? 1 : 0 } }
  }

  /// The step that would lead to the lowest point, if that were all there is to it.
  func direction(down slope: [Double]) -> [Double] {
    times(slope).map { -$0 }
  }

  /// Takes in that the slope changed by `change` over `step`.
  mutating func learn(step: [Double], change: [Double]) {
    let product = zip(step, change).reduce(0) { $0 + $1.0 * $1.1 }
    let square = change.reduce(0) { $0 + $1 * $1 }
    guard product > 1e-300, product > 1e-14 * square else { return }
    if isUntaught {
      rows = rows.map { $0.map { $0 * product / square } }
      isUntaught = false
    }
    let image = times(change)
    let weight = 1 + zip(change, image).reduce(0) { $0 + $1.0 * $1.1 } / product
    for row in rows.indices {
      for column in rows.indices {
        rows[row][column] +=
          (weight * step[row] * step[column] - image[row] * step[column] - step[row] * image[column]) / product
      }
    }
  }

  private func times(_ vector: [Double]) -> [Double] {
    rows.map { zip($0, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
