package import TacetPrivacy

/// How a report on prices speaks of a domain.
package struct PriceWords: Sendable {
  /// What releases: more than one of them.
  let devices: String
  private let contribution: String
  private let anyInput: String

  /// What a privacy unit hides and what it does not, in one sentence.
  package func hides(_ unit: PrivacyUnit) -> String {
    switch unit {
    case .contribution: contribution
    case .anyInput: anyInput
    }
  }

  /// Of any domain.
  package static let general = PriceWords(
    devices: "devices",
    contribution:
      "One individual’s passage is hidden, how many passed is not; past several devices ε grows as the trip column says.",
    anyInput:
      "All that a device sees at a step is hidden, how many passed too; a day of releases costs as the day column says."
  )

  /// Of road traffic.
  package static let traffic = PriceWords(
    devices: "cameras",
    contribution:
      "One vehicle’s passage is hidden, the flow of traffic is not; past several cameras ε grows as the trip column says.",
    anyInput:
      "All that a camera sees at a step is hidden, the flow too; a day of releases costs as the day column says.")
}
