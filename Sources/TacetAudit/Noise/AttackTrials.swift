/// The trials of one attack, both worlds in turn: what they come to, not what they were.
struct AttackTrials {
  private(set) var present: ReleaseMoments
  private(set) var absent: ReleaseMoments
  /// Chosen on the first half of the trials, judged on the second.
  private(set) var threshold: ThresholdTest?
  /// Of a trial and the next one in the same world: one counter for each.
  private(set) var ties = [TieCounter(), TieCounter()]
  /// Of a trial and the one released right after it, which is in the other world: from presence to absence, and back.
  private(set) var serial: [SerialMoments]
  private var last: [Int16] = []

  /// Makes so many trials of each world.
  /// - Parameters:
  ///   - level: what the threshold test may fail with.
  ///   - progress: called now and then with how many trials were made since it was called.
  /// - Throws: what the mechanism throws, ``NoiseAuditError/numbers(expected:found:)``, `CancellationError`.
  init(
    _ attack: NoiseAttack, trials: Int, level: Double, progress: (Int) -> Void
  ) throws {
    (present, absent) = (ReleaseMoments(numbers: attack.numbers), ReleaseMoments(numbers: attack.numbers))
    serial = Array(repeating: SerialMoments(numbers: attack.numbers), count: 2)
    for trial in 0..<trials {
      if trial == trials / 2 { threshold = ThresholdTest(choosing: present, absent, level: level) }
      for isPresent in [true, false] { try add(attack.release(isPresent), isPresent: isPresent) }
      if trial % Self.stretch == Self.stretch - 1 {
        try Task.checkCancellation()
        progress(Self.stretch)
      }
    }
    progress(trials % Self.stretch)
  }

  private mutating func add(_ values: [Int16], isPresent: Bool) throws {
    guard values.count == present.numbers else {
      throw NoiseAuditError.numbers(expected: present.numbers, found: values.count)
    }
    threshold?.add(values, isPresent: isPresent)
    if isPresent { present.add(values) } else { absent.add(values) }
    ties[isPresent ? 0 : 1].add(values)
    if !last.isEmpty { serial[isPresent ? 1 : 0].add(last, then: values) }
    last = values
  }

  private static let stretch = 100
}
