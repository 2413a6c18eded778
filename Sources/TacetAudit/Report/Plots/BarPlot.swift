/// Bars, one a category, each with its value on it.
struct BarPlot {
  /// One bar: up to two lines of name under it, and whether it is the one the reader looks for.
  struct Bar {
    let name: String
    let detail: String
    let value: Double?
    let shown: String
    let colour: Int
  }

  let title: String
  let yTitle: String
  let bars: [Bar]

  var isEmpty: Bool {
    !bars.contains { $0.value != nil }
  }

  func svg(_ size: PlotSize) -> Markup {
    let values = bars.compactMap(\.value)
    let y = Axis(covering: values + [0] + headroom(values), count: max(Int(size.height / 60), 2))
    let (left, right, top, bottom) = (12 + 7 * Double(y.ticks.map { y.label($0).count }.max() ?? 1), 8.0, 28.0, 40.0)
    let slot = (size.width - left - right) / Double(max(bars.count, 1))
    let place = { (value: Double) in size.height - bottom - y.fraction(value) * (size.height - top - bottom) }
    let grid = y.ticks.map { tick -> Markup in
      """
      <line class="\(tick == 0 ? "axis" : "grid")" x1="\(at: left)" x2="\(at: size.width - right)" \
      y1="\(at: place(tick))" y2="\(at: place(tick))"/>\
      <text class="end" x="\(at: left - 7)" y="\(at: place(tick) + 4)">\(y.label(tick))</text>
      """
    }
    let drawn = bars.enumerated().map { index, bar in
      draw(bar, middle: left + (Double(index) + 0.5) * slot, width: min(slot * 0.62, 72), size: size, place: place)
    }
    return """
      <svg viewBox="0 0 \(at: size.width) \(at: size.height)" role="img" aria-label="\(title)">
      \(grid)
      <text class="title" x="2" y="13">\(yTitle)</text>
      \(drawn)
      </svg>
      """
  }

  /// Room above the highest and below the lowest bar for the value on it.
  private func headroom(_ values: [Double]) -> [Double] {
    let high = max(values.max() ?? 0, 0)
    let low = min(values.min() ?? 0, 0)
    return low < 0 ? [high + (high - low) * 0.1, low - (high - low) * 0.1] : [high * 1.08]
  }

  private func draw(
    _ bar: Bar, middle: Double, width: Double, size: PlotSize, place: (Double) -> Double
  ) -> Markup {
    let value = bar.value ?? 0
    let (end, zero) = (place(value), place(0))
    return """
      <rect class="bar c\(bar.colour)" x="\(at: middle - width / 2)" y="\(at: min(end, zero))" width="\(at: width)" \
      height="\(at: abs(end - zero))" rx="2"/>\
      <text class="mid value" x="\(at: middle)" y="\(at: value < 0 ? end + 14 : end - 6)">\(bar.shown)</text>\
      <text class="mid" x="\(at: middle)" y="\(at: size.height - 22)">\(bar.name)</text>\
      <text class="mid faint" x="\(at: middle)" y="\(at: size.height - 7)">\(bar.detail)</text>
      """
  }
}
