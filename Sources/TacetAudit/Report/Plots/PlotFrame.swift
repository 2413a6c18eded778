/// The frame of a plot: margins, grid, tick labels, axis titles, and the way from values to pixels.
struct PlotFrame {
  let size: PlotSize
  let x: Axis
  let y: Axis
  private let left: Double
  private let right = 14.0
  private let top: Double
  private let bottom: Double
  private let titles: (x: String, y: String)

  /// - Parameter titles: The axis titles with their units; empty titles take no room.
  init(size: PlotSize, x: Axis, y: Axis, titles: (x: String, y: String)) {
    (self.size, self.x, self.y, self.titles) = (size, x, y, titles)
    left = 12 + 7 * Double(y.ticks.map { y.label($0).count }.max() ?? 1)
    top = titles.y.isEmpty ? 10 : 28
    bottom = titles.x.isEmpty ? 22 : 42
  }

  func px(_ value: Double) -> Double {
    left + x.fraction(value) * (size.width - left - right)
  }

  func py(_ value: Double) -> Double {
    size.height - bottom - y.fraction(value) * (size.height - top - bottom)
  }

  /// The plot as one picture: grid below, `content` above it.
  func svg(label: String, content: Markup) -> Markup {
    """
    <svg viewBox="0 0 \(at: size.width) \(at: size.height)" role="img" aria-label="\(label)">
    \(grid)
    \(content)
    </svg>
    """
  }

  private var grid: Markup {
    Markup(y.ticks.map(horizontal) + x.ticks.map(tick) + axisTitles)
  }

  private func horizontal(_ value: Double) -> Markup {
    """
    <line class="grid" x1="\(at: left)" x2="\(at: size.width - right)" y1="\(at: py(value))" y2="\(at: py(value))"/>\
    <text class="end" x="\(at: left - 7)" y="\(at: py(value) + 4)">\(y.label(value))</text>
    """
  }

  private func tick(_ value: Double) -> Markup {
    let base = size.height - bottom
    return """
      <line class="axis" x1="\(at: px(value))" x2="\(at: px(value))" y1="\(at: base)" y2="\(at: base + 4)"/>\
      <text class="mid" x="\(at: px(value))" y="\(at: base + 17)">\(x.label(value))</text>
      """
  }

  private var axisTitles: [Markup] {
    var drawn: [Markup] = [
      """
      <line class="axis" x1="\(at: left)" x2="\(at: size.width - right)" y1="\(at: size.height - bottom)" \
      y2="\(at: size.height - bottom)"/>
      """
    ]
    if !titles.y.isEmpty { drawn.append("<text class=\"title\" x=\"2\" y=\"13\">\(titles.y)</text>") }
    if !titles.x.isEmpty {
      drawn.append(
        """
        <text class="title end" x="\(at: size.width - right)" y="\(at: size.height - 6)">\(titles.x)</text>
        """)
    }
    return drawn
  }

  /// A dashed level across the plot, with its name above its right end.
  func level(_ value: Double, label: String) -> Markup {
    """
    <line class="level" x1="\(at: left)" x2="\(at: size.width - right)" y1="\(at: py(value))" y2="\(at: py(value))"/>\
    <text class="end halo" x="\(at: size.width - right - 2)" y="\(at: py(value) - 5)">\(label)</text>
    """
  }
}
