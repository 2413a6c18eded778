/// What became of a passage that a counter was told of. It depends on raw input: it stays on the device.
public enum Sighting: Hashable, Sendable, CaseIterable {
  /// It is in the counts of this step.
  case counted
  /// This track of this individual was counted before in the window: it adds nothing.
  case repeated
  /// The individual has had all its passages of the window: it adds nothing.
  case capped
  /// The squared norm of the passage is above the bound: it adds nothing.
  case tooLarge
  /// The individual's number is not one that the counter has room for: it adds nothing.
  case unknownIndividual
  /// The passage does not have as many numbers as were paid for: it adds nothing.
  case wrongDimension
  /// The window is over: it adds nothing.
  case ended
}
