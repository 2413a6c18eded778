package import TacetRefresh

/// What a refresh of the student is worth, and what liars among the devices do to it: the work behind `tacet verify refresh`.
package struct RefreshSurvey: Sendable {
  /// What is tried.
  package struct Settings: Sendable, Hashable {
    /// How many of the devices lie in each attack.
    package let liars: Int
    /// How often each is played, with noise of its own.
    package let draws: Int
    package let seed: UInt64

    package init(liars: Int, draws: Int, seed: UInt64) {
      (self.liars, self.draws, self.seed) = (liars, draws, seed)
    }
  }

  /// The name of the attack that turns the targets of the liars' own samples round.
  package static let labelFlip = "label-flip"

  private let trial: RefreshTrial
  private let settings: Settings

  package init(_ trial: RefreshTrial, _ settings: Settings) {
    (self.trial, self.settings) = (trial, settings)
  }

  /// The attacks, by name.
  private var attacks: [(name: String, make: ([[Float]]) -> any AggregationAttack)] {
    AggregationAttacks.all.map { attack in (attack.name, { _ in attack }) } + [
      // An update of turned targets is the turned update: each sample's sign is the other.
      (Self.labelFlip, { own in SuppliedLies(name: Self.labelFlip, vectors: own.map { $0.map { -$0 } }) })
    ]
  }

  /// How many pieces of work there are.
  package var piecesInAll: Int { settings.draws * (1 + (settings.liars > 0 ? attacks.count : 0)) + 1 }

  /// Plays everything.
  /// - Parameter progress: called with how many pieces, of ``piecesInAll``, are done.
  /// - Throws: `InferenceError`, what the release mechanism throws.
  package func report(progress: (Int) -> Void = { _ in }) throws -> RefreshReport {
    var done = 0
    func played(_ name: String, isNoised: Bool = true, _ draws: Int, _ lies: RefreshTrial.Lies?) throws
      -> RefreshReport.Row
    {
      var outcomes: [RefreshTrial.Outcome] = []
      for _ in 0..<draws {
        try Task.checkCancellation()
        outcomes.append(try trial.play(isNoised: isNoised, liars: lies == nil ? 0 : settings.liars, lies: lies))
        done += 1
        progress(done)
      }
      return RefreshReport.Row(attack: name, liars: lies == nil ? 0 : settings.liars, isNoised: isNoised, outcomes)
    }
    var rows = [
      try played("none", isNoised: false, 1, nil), try played("none", settings.draws, nil),
    ]
    for (number, attack) in attacks.enumerated() where settings.liars > 0 {
      var generator: any RandomNumberGenerator = LeakGenerator(seed: settings.seed &+ UInt64(number))
      rows.append(
        try played(attack.name, settings.draws) { honest, own, aggregator in
          attack.make(own).lies(
            honest: honest, byzantine: own.count, against: aggregator, using: &generator)
        })
    }
    return RefreshReport(trial, draws: settings.draws, rows: rows)
  }
}
