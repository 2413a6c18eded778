extension AggregationRule {
  /// How many liars among n vectors the rule stands: whatever so many send, the result stays within a multiple of the
  /// honest vectors' spread of their mean. One more, and there are lies without that bound.
  ///
  /// Sources: Yin et al. 2018 (median, trimmed mean), Blanchard et al. 2017 (Krum: 2f + 2 < n), Pillutla et al. 2022 and
  /// Minsker 2015 (geometric median: f < n/2), Karimireddy et al. 2021 (centred clipping, from a start that is itself
  /// within that spread, here the median: f < n/2). Behind nearest-neighbour mixing Krum stands f < n/2 too (Allouah, Farhadkhani,
  /// Guerraoui, Gupta, Pinot & Stephan 2023, "Fixing by Mixing", for the neighbours counted as here). Mixing does not save the
  /// mean: what it makes of f liars' vectors is still largely theirs.
  /// - Parameters:
  ///   - n: how many vectors, those of liars included.
  ///   - mixed: whether nearest-neighbour mixing is in front.
  /// - Returns: at least 0 and less than n/2; 0 too where the rule's own parameters do not fit n (``requirement(of:mixed:)``).
  public func largestByzantine(of n: Int, mixed: Bool = false) -> Int {
    guard n >= leastVectors(mixed: mixed) else { return 0 }
    let minority = max(0, (n - 1) / 2)
    return switch self {
    case .mean: 0
    case .median, .geometricMedian, .centredClipping: minority
    case .trimmedMean(let trim): max(0, trim)
    case .krum(let byzantine), .multiKrum(let byzantine, _): max(0, byzantine)
    }
  }

  /// With how many vectors the rule, with its parameters, can be applied.
  func leastVectors(mixed: Bool) -> Int {
    switch self {
    case .mean, .median, .geometricMedian, .centredClipping: 1
    case .trimmedMean(let trim): Self.sum(trim, trim, 1)
    case .krum(let byzantine): Self.leastOfKrum(byzantine, mixed: mixed)
    case .multiKrum(let byzantine, let selected):
      // Of more than n − f selected, some are liars' whatever their scores.
      max(Self.leastOfKrum(byzantine, mixed: mixed), Self.sum(selected ?? 1, byzantine))
    }
  }

  /// Alone 2f + 3; where it is set up for no liar, or comes after mixing, 2f + 1.
  private static func leastOfKrum(_ byzantine: Int, mixed: Bool) -> Int {
    sum(byzantine, byzantine, mixed || byzantine == 0 ? 1 : 3)
  }

  private static func sum(_ numbers: Int...) -> Int {
    numbers.reduce(0) { sum, number in
      let (next, overflow) = sum.addingReportingOverflow(number)
      return overflow ? .max : next
    }
  }

  /// Whether the rule needs the distances of all pairs of vectors.
  var comparesPairs: Bool {
    switch self {
    case .krum, .multiKrum: true
    case .mean, .median, .trimmedMean, .geometricMedian, .centredClipping: false
    }
  }

  /// Why the rule's parameters make no sense with any vectors, or nil.
  var flaw: String? {
    switch self {
    case .mean, .median: nil
    case .trimmedMean(let trim): trim < 0 ? "trim is \(trim), allowed: 0 or more" : nil
    case .krum(let byzantine): byzantine < 0 ? "byzantine is \(byzantine), allowed: 0 or more" : nil
    case .multiKrum(let byzantine, let selected):
      if byzantine < 0 {
        "byzantine is \(byzantine), allowed: 0 or more"
      } else if let selected, selected < 1 {
        "selected is \(selected), allowed: 1 or more"
      } else {
        nil
      }
    case .geometricMedian(let smoothing, let iterations):
      Self.flaw("smoothing", smoothing) ?? Self.flaw(iterations)
    case .centredClipping(let radius, let iterations): Self.flaw("radius", radius) ?? Self.flaw(iterations)
    }
  }

  private static func flaw(_ name: String, _ length: Double) -> String? {
    length.isFinite && length > 0 ? nil : "\(name) is \(length), allowed: above 0"
  }

  private static func flaw(_ iterations: Int) -> String? {
    (1...mostIterations).contains(iterations) ? nil : "iterations is \(iterations), allowed: 1 to \(mostIterations)"
  }

  /// Each reads all vectors once.
  private static let mostIterations = 10_000

  /// The rule after so many liars were found out: it need stand so many fewer.
  func relieved(of liars: Int) -> AggregationRule {
    switch self {
    case .mean, .median, .geometricMedian, .centredClipping: self
    case .trimmedMean(let trim): .trimmedMean(trim: max(0, trim - liars))
    case .krum(let byzantine): .krum(byzantine: max(0, byzantine - liars))
    case .multiKrum(let byzantine, let selected): .multiKrum(byzantine: max(0, byzantine - liars), selected: selected)
    }
  }
}
