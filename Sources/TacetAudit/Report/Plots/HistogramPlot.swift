/// Counts over neighbouring ranges, with named values marked.
struct HistogramPlot {
  let title: String
  let xTitle: String
  let yTitle: String
  let bins: [RunReport.LatencyBin]
  let marks: [LinePlot.Level]

  init(title: String, xTitle: String, yTitle: String, bins: [RunReport.LatencyBin], marks: [LinePlot.Level]) {
    (self.title, self.xTitle, self.yTitle, self.marks) = (title, xTitle, yTitle, marks)
    let sound = bins.filter { $0.fromMs.isFinite && $0.toMs.isFinite && $0.fromMs < $0.toMs && $0.count >= 0 }
    let filled = sound.indices.filter { sound[$0].count > 0 }
    self.bins = filled.first.flatMap { first in filled.last.map { Array(sound[first...$0]) } } ?? []
  }

  var isEmpty: Bool {
    bins.isEmpty
  }

  func svg(_ size: PlotSize) -> Markup {
    let edges = bins.flatMap { [$0.fromMs, $0.toMs] }
    let frame = PlotFrame(
      size: size, x: Axis(covering: edges, count: max(Int(size.width / 75), 2)),
      y: Axis(covering: [0] + bins.map { Double($0.count) * 1.25 }, count: max(Int(size.height / 55), 2)),
      titles: (xTitle, yTitle))
    let drawn = bins.map { draw($0, in: frame) } + drawMarks(in: frame)
    return frame.svg(label: title, content: Markup(drawn))
  }

  private func draw(_ bin: RunReport.LatencyBin, in frame: PlotFrame) -> Markup {
    let (from, to) = (frame.px(bin.fromMs), frame.px(bin.toMs))
    let (top, base) = (frame.py(Double(bin.count)), frame.py(0))
    return """
      <rect class="bar c1" x="\(at: from)" y="\(at: top)" width="\(at: max(to - from - 1, 0.5))" \
      height="\(at: base - top)"><title>\(Numeral.figure(bin.fromMs))–\(Numeral.figure(bin.toMs)) ms: \(bin.count)\
      </title></rect>
      """
  }

  /// Marks as vertical lines; each label one row lower than the one before, so that close values stay legible.
  private func drawMarks(in frame: PlotFrame) -> [Markup] {
    marks.enumerated().map { index, mark in
      let x = frame.px(mark.value)
      let row = frame.py(frame.y.upper) + 10 + Double(index) * 16
      let atLeft = x > frame.size.width * 0.6
      return """
        <line class="level" x1="\(at: x)" x2="\(at: x)" y1="\(at: frame.py(frame.y.upper))" y2="\(at: frame.py(0))"/>\
        <text class="halo\(atLeft ? " end" : "")" x="\(at: atLeft ? x - 5 : x + 5)" y="\(at: row)">\(mark.label)</text>
        """
    }
  }
}
