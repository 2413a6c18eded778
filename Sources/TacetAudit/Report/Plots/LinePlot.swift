/// Curves over city time, or over powers of ten.
struct LinePlot {
  /// One curve: its name in the legend and its place (1…8) in the palette, which also picks its dash pattern.
  struct Line {
    let name: String
    let colour: Int
    let points: [PlotPoint]

    init(_ name: String, colour: Int, points: [PlotPoint]) {
      (self.name, self.colour) = (name, colour)
      self.points = points.thinned()
    }
  }

  /// A named level across the plot.
  struct Level {
    let value: Double
    let label: String
  }

  let title: String
  let xTitle: String
  let yTitle: String
  let lines: [Line]
  var levels: [Level] = []
  /// Values the vertical scale covers besides the data.
  var including: [Double] = []
  /// Whether x is a power of ten and not a number of minutes.
  var isDecades = false

  /// Whether there is anything to draw.
  var isEmpty: Bool {
    !lines.contains { $0.points.contains { $0.y != nil } }
  }

  /// Whether the vertical scale leaves out zero.
  var cutsZero: Bool {
    yAxis(height: PlotSize.full.height).lower > 0
  }

  func svg(_ size: PlotSize) -> Markup {
    let xs = lines.flatMap { $0.points.map(\.x) }
    let frame = PlotFrame(
      size: size, x: isDecades ? Axis(ofDecades: xs) : Axis(ofMinutes: xs, count: max(Int(size.width / 75), 2)),
      y: yAxis(height: size.height),
      titles: (xTitle, yTitle))
    let drawn = lines.map { draw($0, in: frame) } + levels.map { frame.level($0.value, label: $0.label) }
    return frame.svg(label: title, content: Markup(drawn))
  }

  private func yAxis(height: Double) -> Axis {
    let ys = lines.flatMap { $0.points.compactMap(\.y) } + levels.map(\.value) + including
    return Axis(covering: ys, count: max(Int(height / 55), 2))
  }

  private func draw(_ line: Line, in frame: PlotFrame) -> Markup {
    Markup(
      line.points.split { $0.y == nil }.map { run in
        let places = run.map { (frame.px($0.x), frame.py($0.y ?? 0)) }
        guard places.count > 1 else {
          let (x, y) = places.first ?? (0, 0)
          return "<circle class=\"dot c\(line.colour)\" cx=\"\(at: x)\" cy=\"\(at: y)\" r=\"3\"/>"
        }
        let path = places.map { Numeral.fixed($0.0, 1) + "," + Numeral.fixed($0.1, 1) }.joined(separator: " ")
        return "<polyline class=\"line c\(line.colour)\" points=\"\(path)\"/>"
      })
  }

  /// The names of the curves with their colours.
  var legend: Markup {
    let keys = lines.map { line -> Markup in
      """
      <li><svg viewBox="0 0 28 10" class="key"><line class="line c\(line.colour)" x1="1" x2="27" y1="5" \
      y2="5"/></svg>\(line.name)</li>
      """
    }
    return "<ul class=\"legend\">\(keys)</ul>"
  }
}
