extension ReportPage {
  /// What a refresh of the student is worth, and what liars do to it; nothing where the policy has none.
  var refresh: Markup {
    guard let refresh = report.refresh else { return "" }
    let liars = refresh.rows.map(\.liars).max() ?? 0
    let table = DataTable(
      columns: [
        .text("what \(liars) of \(refresh.devices) cameras do"), .number("MAE after, % occupancy"), .number("change"),
        .number("rounds with a new student"), .text("result"),
      ],
      rows: refresh.rows.map { row in
        [
          "\(Self.words(row))", "\(Numeral.fixed(row.mae, 3))", "\(Numeral.signed(-100 * row.gain, 2)) %",
          "\(Numeral.fixed(row.published, 1)) of \(refresh.rounds)",
          Self.tag(row.holds, Self.result(row)),
        ]
      })
    return """
      <h2>What the student learns from the cameras</h2>
      <p>Cameras improve the student together: each says, noised and paid for, which way its last layer should move; a robust rule makes one step \
      of what they say, and a hold-out decides how long it is. This was played after the run, in process, over recordings of its own: \(refresh.rounds) \
      rounds of \(Numeral.duration(seconds: Double(refresh.stepsPerRound) * report.run.stepSeconds)) of a city whose traffic has grown by half, \
      with this policy’s rule (\(refresh.rule)) and noise (μ = \(Numeral.figure(refresh.mu)) a round for \(refresh.passages) passages); \
      \(refresh.draws) draws each. The student’s error in hours that nobody saw was \(Numeral.fixed(refresh.maeBefore, 3)) before.</p>
      \(table.markup)
      """
  }

  private static func result(_ row: RefreshReport.Row) -> String {
    switch (row.liars > 0, row.holds) {
    case (false, true): "✓ better"
    case (false, false): "✗ no better"
    case (true, true): "✓ no worse"
    case (true, false): "✗ worse"
    }
  }

  private static func words(_ row: RefreshReport.Row) -> String {
    guard row.liars == 0 else { return row.attack }
    return row.noised ? "nothing: all are honest" : "nothing, and there is no noise"
  }
}
