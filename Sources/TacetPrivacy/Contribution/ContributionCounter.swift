/// Counts passages for one window so that no individual adds more than its plan allows: each track once, so many tracks an
/// individual, so much a track.
///
/// Whether a passage counts is decided by its own individual's passages alone, never by another's; on that rests the theorem
/// (ContributionStream.md, lemma 1). So each individual has room of its own, all of it there from the beginning, and
/// one without room is not counted: a table that filled up would let one individual push another out. Who passes but once needs no room.
struct ContributionCounter {
  private let passages: Int
  private let bound: Int
  /// The counts of the step that is under way, by coordinate.
  private(set) var counts: [Int64]
  /// The tracks counted of each individual, `passages` places each; `used` of them are taken.
  private var tracks: [UInt64]
  private var used: [UInt8]

  init(plan: ContributionPlan, dimension: Int) {
    (passages, bound) = (plan.passages, plan.bound)
    counts = Array(repeating: 0, count: dimension)
    tracks = Array(repeating: 0, count: ContributionPlan.individuals * plan.passages)
    used = Array(repeating: 0, count: ContributionPlan.individuals)
  }

  /// Adds a passage to the counts of this step, if it may be.
  mutating func count(_ passage: [Int], track: UInt64, of individual: Int) -> Sighting {
    guard passage.count == counts.count else { return .wrongDimension }
    guard used.indices.contains(individual) else { return .unknownIndividual }
    let start = individual * passages
    let taken = Int(used[individual])
    guard !tracks[start..<start + taken].contains(track) else { return .repeated }
    guard taken < passages else { return .capped }
    guard isWithinBound(passage) else { return .tooLarge }
    tracks[start + taken] = track
    used[individual] += 1
    // At most individuals · passages of at most 2^15 each, and strangers: below 2^37.
    for (index, value) in passage.enumerated() { counts[index] += Int64(value) }
    return .counted
  }

  /// The most strangers at one place of a step.
  static let mostStrangers: Int64 = 1 << 36

  /// Adds individuals of whom nothing is known but that each passes once, by place. They are nobody else, so that nothing of them need be
  /// remembered and no place can be wanting: however many there are, one more is one more. (Where that would be more than the numbers
  /// hold, sums are held, and one more is at most one more.)
  /// - Returns: whether they are of this dimension.
  mutating func count(strangers: [Int]) -> Bool {
    guard strangers.count == counts.count else { return false }
    for (place, number) in strangers.enumerated() {
      counts[place] = min(Self.mostStrangers, counts[place] + min(Self.mostStrangers, Int64(max(0, number))))
    }
    return true
  }

  /// Ends the step: the next one's counts begin at zero, what was counted is remembered.
  mutating func endStep() {
    SecretMemory.wipe(&counts)
  }

  /// Zeroes everything.
  mutating func wipe() {
    SecretMemory.wipe(&counts)
    SecretMemory.wipe(&tracks)
    SecretMemory.wipe(&used)
  }

  private func isWithinBound(_ passage: [Int]) -> Bool {
    let largest = StreamParameters.largestSensitivity
    var square = 0
    for value in passage {
      // Squares are then below 2^30, and their sum over 2^24 numbers below 2^54.
      guard (-largest...largest).contains(value) else { return false }
      square += value * value
    }
    return square <= bound
  }
}
