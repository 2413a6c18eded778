/// The drawing area of a plot, in pixels at which its text is legible.
struct PlotSize {
  let width: Double
  let height: Double

  /// Across the page.
  static let full = PlotSize(width: 1040, height: 300)
  /// Two beside each other.
  static let half = PlotSize(width: 500, height: 270)
  /// On a telephone.
  static let narrow = PlotSize(width: 330, height: 250)
  /// One of many.
  static let panel = PlotSize(width: 236, height: 138)
  /// One of many on a telephone.
  static let narrowPanel = PlotSize(width: 156, height: 118)
}
