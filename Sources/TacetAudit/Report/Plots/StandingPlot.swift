import TacetTrust

/// Bands over city time, one a gateway, in the colour of how it stood. Height and outline tell standings apart in grey, too.
struct StandingPlot {
  /// One gateway; each part is from a minute to another.
  struct Band {
    let name: String
    let parts: [(from: Double, to: Double, standing: Standing)]
  }

  let title: String
  let xTitle: String
  let bands: [Band]

  private static let row = 24.0
  private static let longestName = 12

  /// Whether there is anything to draw.
  var isEmpty: Bool { bands.allSatisfy(\.parts.isEmpty) }

  func svg(_ size: PlotSize) -> Markup {
    let x = Axis(
      ofMinutes: bands.flatMap { $0.parts.flatMap { [$0.from, $0.to] } }, count: max(Int(size.width / 75), 2))
    let left = 12 + 7 * Double(min(bands.map(\.name.count).max() ?? 1, Self.longestName))
    let (right, base) = (size.width - 14, Self.row * Double(bands.count) + 6)
    let place = { (minute: Double) in left + x.fraction(minute) * (right - left) }
    let drawn = bands.enumerated().map { index, band in
      draw(band, middle: Self.row * (Double(index) + 0.5), left: left, place: place)
    }
    let ticks = x.ticks.map { tick -> Markup in
      """
      <line class="axis" x1="\(at: place(tick))" x2="\(at: place(tick))" y1="\(at: base)" y2="\(at: base + 4)"/>\
      <text class="mid" x="\(at: place(tick))" y="\(at: base + 17)">\(x.label(tick))</text>
      """
    }
    return """
      <svg viewBox="0 0 \(at: size.width) \(at: base + 40)" role="img" aria-label="\(title)">
      \(drawn)
      <line class="axis" x1="\(at: left)" x2="\(at: right)" y1="\(at: base)" y2="\(at: base)"/>
      \(ticks)
      <text class="title end" x="\(at: right)" y="\(at: base + 34)">\(xTitle)</text>
      </svg>
      """
  }

  private func draw(_ band: Band, middle: Double, left: Double, place: (Double) -> Double) -> Markup {
    let name = band.name.count > Self.longestName ? "\(band.name.prefix(Self.longestName - 1))…" : band.name
    let parts = band.parts.map { part in
      Self.bar(part.standing, from: place(part.from), to: place(part.to), middle: middle)
    }
    return """
      <text class="end" x="\(at: left - 7)" y="\(at: middle + 4)">\(name)</text>
      \(parts)
      """
  }

  private static func bar(_ standing: Standing, from: Double, to: Double, middle: Double) -> Markup {
    let height = standing == .trusted || standing == .quarantine ? 14.0 : 7
    return """
      <rect class="\(standing.rawValue)" x="\(at: from)" y="\(at: middle - height / 2)" width="\(at: max(to - from, 0.5))" \
      height="\(at: height)"><title>\(standing.rawValue)</title></rect>
      """
  }

  /// The standings with their colours.
  var legend: Markup {
    let keys = [Standing.newcomer, .trusted, .quarantine, .probation].map { standing -> Markup in
      """
      <li><svg viewBox="0 0 28 16" class="key">\(Self.bar(standing, from: 1, to: 27, middle: 8))</svg>\
      \(standing.rawValue)</li>
      """
    }
    return "<ul class=\"legend\">\(keys)</ul>"
  }
}
