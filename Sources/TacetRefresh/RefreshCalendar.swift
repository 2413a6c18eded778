package import TacetInference

/// At which steps devices say their part of a round, and ask for the student that came of it. It follows from policy and model alone.
///
/// A round has the samples of `steps` steps that follow each other. The last one's target has been seen some steps later; then each
/// device says its part, and a few steps after that, when the aggregator has had its time, all ask.
package struct RefreshCalendar: Sendable, Hashable {
  /// How many steps a round has.
  package let steps: Int
  /// How many steps after its end a round can be spoken of.
  package let lag: Int

  /// How many steps after the devices the aggregator draws its conclusion: what is late is left out.
  package static let patience = 2
  /// How many steps after the devices have spoken they ask for what came of it.
  package static let pause = 4

  package init(parameters: RefreshParameters, manifest: ModelManifest) {
    (steps, lag) = (parameters.steps, manifest.stepsUntilTarget)
  }

  /// The round that the sample of a step (≥ 0) belongs to.
  package func round(of step: Int) -> Int { step / steps }

  /// The round that devices speak of at a step; nil where they do not.
  package func roundSpoken(at step: Int) -> Int? {
    let (round, rest) = (step - lag).quotientAndRemainder(dividingBy: steps)
    return step > lag && rest == 0 && round >= 1 ? round - 1 : nil
  }

  /// Whether devices ask at a step. They ask early in a schedule, too: there may be a student from before.
  package func asks(at step: Int) -> Bool {
    let since = step - lag - Self.pause
    return since >= 0 && since % steps == 0
  }

  /// The step at which a round's parts are put together.
  package func conclusion(of round: Int) -> Int { (round + 1) * steps + lag + Self.patience }
}
