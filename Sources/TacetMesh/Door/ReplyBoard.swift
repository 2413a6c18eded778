/// The replies of one connection that have not left yet: one for each request, each at its moment.
///
/// Pure: who has the clock calls ``leave(_:)`` at the moment that was set when the request arrived. The state of the answer decides
/// what is in the cell that leaves, never whether or when one does. An answer that was not ready leaves later in place of the
/// answer to a cover request, for which nobody waits.
struct ReplyBoard {
  /// Answers that wait for a cover's place; what is older goes.
  static let mostOverdue = 64

  private enum Place {
    case open(substitute: Cell?)
    case ready(Cell)
  }

  private var places: [UInt64: Place] = [:]
  private var missed: Set<UInt64> = []
  private var overdue: [Cell] = []

  /// The replies that have not left.
  var count: Int { places.count }

  /// A request has arrived.
  /// - Parameter substitute: what leaves when there is no answer at its moment; nil where it has none and leaves when it is there.
  mutating func open(_ number: UInt64, substitute: Cell?) {
    places[number] = .open(substitute: substitute)
  }

  /// The answer to a request is there. Without one the substitute will leave.
  mutating func complete(_ number: UInt64, with cell: Cell?) {
    if let cell, places[number] != nil {
      places[number] = .ready(cell)
    } else if missed.remove(number) != nil, let cell, !cell.isCover {
      if overdue.count == Self.mostOverdue { overdue.removeFirst() }
      overdue.append(cell)
    }
  }

  /// What leaves for a request at its moment, and whether its answer was missed; nil when it is not on the board.
  mutating func leave(_ number: UInt64) -> (cell: Cell, isMissed: Bool)? {
    switch places.removeValue(forKey: number) {
    case .open(let substitute):
      missed.insert(number)
      return substitute.map { ($0, true) }
    case .ready(let cell):
      guard cell.isCover, !overdue.isEmpty else { return (cell, false) }
      let late = overdue.removeFirst()
      return (Cell(bytes: late.bytes, trace: "cover/overdue", isCover: true), false)
    case nil: return nil
    }
  }
}
