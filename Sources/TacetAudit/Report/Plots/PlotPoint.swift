/// A point of a curve; without a y the curve has a gap there.
struct PlotPoint: Equatable {
  let x: Double
  let y: Double?
}

extension [PlotPoint] {
  /// At most `limit` of the points: of each run of neighbours the lowest and the highest, so that no peak is lost and no
  /// value is invented.
  func thinned(to limit: Int = 400) -> [PlotPoint] {
    guard count > limit, limit >= 4 else { return self }
    let run = (2 * count + limit - 3) / (limit - 2)
    var kept = stride(from: 0, to: count, by: run).flatMap { start in
      Self.extremes(of: self[start..<Swift.min(start + run, count)])
    }
    if let last, kept.last != last { kept.append(last) }
    return kept
  }

  private static func extremes(of run: ArraySlice<PlotPoint>) -> [PlotPoint] {
    let present = run.enumerated().filter { $0.element.y != nil }
    guard
      let low = present.min(by: { ($0.element.y ?? 0) < ($1.element.y ?? 0) }),
      let high = present.max(by: { ($0.element.y ?? 0) < ($1.element.y ?? 0) })
    else { return run.first.map { [$0] } ?? [] }
    if low.offset == high.offset { return [low.element] }
    return low.offset < high.offset ? [low.element, high.element] : [high.element, low.element]
  }
}
