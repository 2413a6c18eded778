import Foundation

extension ReportPage {
  /// The guarantee in plain words: what it is, and what it is not.
  var guarantee: Markup {
    """
    <h2>What the guarantee is, and what it is not</h2>
    <div class="plain card">
    \([unit, promise, spent, gain, limits, demonstration])
    </div>
    """
  }

  private func passage(_ heading: String, _ text: Markup) -> Markup {
    "<section><h3>\(heading)</h3><p>\(text)</p></section>"
  }

  private var unit: Markup {
    if report.run.privacyUnit == "contribution" {
      return passage(
        "Who is protected: one contribution",
        """
        The unit of this run is <b>contribution</b>: one individual’s share, such as one vehicle passing. Whoever reads \
        everything a camera sent in a window can hardly tell whether that vehicle was there. The flow of traffic itself is not \
        hidden, and a trip past several cameras costs more than a passage. (The other unit, any-input, would hide the flow too, \
        at a price for every release.)
        """)
    }
    return passage(
      "Who is protected: any input",
      """
      The unit of this run is <b>\(report.run.privacyUnit)</b>. With <b>any-input</b>, any two things a camera could have \
      seen at a step count as neighbours: an empty road and a jam are as hard to tell apart as ε says. It is the strictest \
      unit and the dearest, since every release costs. (The other unit, contribution, hides one vehicle and not the flow, \
      and charges a whole window of releases once.)
      """)
  }

  private var promise: Markup {
    passage(
      "What is guaranteed: the budget",
      """
      Whatever a camera sees, and however cleverly others choose what to do next, all it releases together stays within its \
      budget (ε, δ). A filter enforces it: one comparison of whole numbers before each release, and past the budget \
      there is no release. It does not rest on honest gateways: noise is added before anything leaves the camera.
      """)
  }

  private var spent: Markup {
    passage(
      "“Spent” is information",
      """
      The figure for ε spent says how far a camera has come. It is not a second, smaller guarantee: a camera that may go on \
      spending is protected by its budget, not by the state of its account on one day. ε spent speaks of all of the \
      camera’s inputs changing at once, or of one individual passing in all of its windows; one changed input costs only its own \
      release, one passage only its own window\(passageInARefresh).
      """)
  }

  /// Where devices refresh their student together, a passage is in a round as well.
  private var passageInARefresh: String {
    guard let passages = report.run.refreshPassages else { return "" }
    let part = passages == 1 ? "all" : "1/\(passages)"
    return ", and \(part) of the μ of the round of the student’s refresh that it falls in"
  }

  private var gain: Markup {
    passage(
      "Why the gain is small",
      """
      The student already knows most of what its own sensor can tell; neighbours add a little, and privacy takes much of \
      that back. \(informationBound) The student’s forecast itself never has noise in it: it is made from the junction’s \
      own sensor. And roads where neighbours say as much as they do here are the favourable case.
      """)
  }

  /// The mutual information of n Gaussian releases with sensitivity 2R is at most nμ²/(8 ln 2) bits, whatever the inputs.
  private var informationBound: String {
    guard report.run.privacyUnit == "any-input" else { return "" }
    let releases = report.cameras.map(\.charges).max() ?? 0
    let bits = Double(releases) * report.run.mechanism.mu * report.run.mechanism.mu / (8 * log(2))
    return """
      All \(Numeral.grouped(releases)) releases of the busiest camera together can carry at most \(Numeral.figure(bits)) bits \
      about what it saw, and no training beats that bound: a large gain at a small ε under this unit would be an accounting \
      error.
      """
  }

  private var limits: Markup {
    passage(
      "What it does not cover",
      """
      The policy, the noise scale and the times of messages are public by design. A forecast stays with the junction that \
      made it: sent onward, it would be a release without noise. Outvoting the liar needs a majority of honest gateways; a \
      camera’s privacy needs none.
      """)
  }

  private var demonstration: Markup {
    passage(
      "Why this page can show everything",
      """
      The demonstration starts all the processes and has the recorded traffic beside it, so it can compute true errors and \
      open every ledger. In a deployment nobody sees all sites: a site knows its own figures, a gateway sees noise, an \
      auditor is given ledgers and proofs.
      """)
  }
}
