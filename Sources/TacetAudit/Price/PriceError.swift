/// Why no prices can be given.
package enum PriceError: Error, Hashable, Sendable {
  /// A pack was trained for noise, or a filter, that no device can draw.
  case noise(model: String, reason: String)
  /// Two packs forecast different things, so that their errors cannot stand in one plot.
  case targets(String, String)
  /// The policy is for a privacy unit that none of the packs has.
  case noPackOfUnit(String)
  /// The hours asked for are less than one step of a pack.
  case shorterThanAStep(model: String, seconds: Int)
}

extension PriceError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  package var description: String {
    switch self {
    case .noise(let model, let reason): "the model pack \(model) was trained for what cannot be released: \(reason)"
    case .targets(let first, let second):
      "the model packs forecast different things, \(first) and \(second): make a report of each"
    case .noPackOfUnit(let unit):
      "the policy has the privacy unit \(unit), and none of the model packs does: give a pack of that unit, or no policy"
    case .shorterThanAStep(let model, let seconds):
      "the hours are less than one step of the model pack \(model), \(seconds) s: give more"
    }
  }
}
