package import TacetInference

/// At which steps devices say their part of a round, and ask for the student that came of it. It follows from policy and model alone.
///
/// A round has the samples of `steps` steps that follow each other. The last one's target has been seen some steps later; then each
/// device says its part, and a few steps after that, when the aggregator has had its time, all ask: again and again until they speak
/// next, so that what was lost is asked for again.
package struct RefreshCalendar: Sendable, Hashable {
  /// How many steps a round has.
  package let steps: Int
  /// How many steps after its end a round can be spoken of.
  package let lag: Int

  /// How many steps after the devices the aggregator draws its conclusion: what is late is left out.
  package static let patience = 2
  /// How many steps after the devices have spoken they ask for what came of it.
  package static let pause = 4
  /// From one step at which they ask to the next: those between leave their slots to what else there is to say.
  package static let spacing = 2

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

  /// Of which round's head devices ask at a step, and how often they have asked before; nil where they do not. They ask early in a
  /// schedule, too: there may be a student from before.
  package func asking(at step: Int) -> (round: Int, before: Int)? {
    guard step >= lag + Self.pause else { return nil }
    let (round, rest) = (step - lag - Self.pause).quotientAndRemainder(dividingBy: steps)
    let (before, between) = rest.quotientAndRemainder(dividingBy: Self.spacing)
    return rest < steps - Self.pause && between == 0 ? (round, before) : nil
  }

  /// Whether devices say nothing of a refresh at a step, and ask nothing.
  package func isFree(_ step: Int) -> Bool { roundSpoken(at: step) == nil && asking(at: step) == nil }

  /// The fewest steps of a round in which each of so many parts is asked for twice: what is lost once does not cost the round.
  package static func fewestSteps(asking parts: Int) -> Int { pause + spacing * (2 * parts - 1) + 1 }

  /// The step at which a round's parts are put together.
  package func conclusion(of round: Int) -> Int { (round + 1) * steps + lag + Self.patience }

  /// The last round whose parts are to be together by a step; −1 where none is.
  package func lastConcluded(by step: Int) -> Int {
    let since = step - lag - Self.patience
    return since < 0 ? -1 : since / steps - 1
  }
}
