import TacetPrivacy

extension ReportPage {
  /// What each ε buys, under either privacy unit.
  var price: Markup {
    PriceSection(
      introduction: """
        Less noise, better forecasts, weaker privacy. The same hours were forecast again with other amounts of noise, by the model \
        of each privacy unit; 100 % would be the whole gain of sharing without any. μ measures the information in what is charged at a \
        time: one release under any-input, a window of releases under contribution. The row of this policy is marked.
        """,
      words: .traffic, yTitle: "MAE, % occupancy", inAll: "ε this run",
      series: [PrivacyUnit.contribution, .anyInput].map { unit in
        PriceSection.Series(
          name: unit.rawValue, unit: unit, prices: report.epsilonPrice.filter { $0.unit == unit.rawValue },
          chosen: report.run.privacyUnit == unit.rawValue ? report.run.mechanism.mu : nil)
      }
    ).markup
  }
}
