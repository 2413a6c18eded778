/// A number that an observer reads off an exchange or off the one before or after it on the same connection.
///
/// The one after shows, for example, whether a window update was due.
struct LeakFeature: Sendable, Hashable {
  enum Place: Int, Sendable, Hashable, CaseIterable {
    case own, next, previous
  }

  enum Quantity: String, Sendable, Hashable, CaseIterable {
    case latency
    case replyGap = "reply gap"
    case requestGap = "request gap"
    case requestTime = "request time"
    case replyTime = "reply time"
    case requestBytes = "request bytes"
    case requestRecords = "request records"
    case replyBytes = "reply bytes"
    case replyRecords = "reply records"
  }

  let place: Place
  let quantity: Quantity

  static let all = Place.allCases.flatMap { place in Quantity.allCases.map { LeakFeature(place: place, quantity: $0) } }

  /// For a reader: "latency", "next request bytes".
  var name: String {
    switch place {
    case .own: quantity.rawValue
    case .next: "next \(quantity.rawValue)"
    case .previous: "previous \(quantity.rawValue)"
    }
  }

  /// The value of the exchange at `index`; nil where there is none: before the first and after the last of a connection.
  func value(at index: Int, in exchanges: [WireExchange]) -> Double? {
    guard let place = Self.place(place, of: index, in: exchanges) else { return nil }
    let exchange = exchanges[place]
    let value: Double? =
      switch quantity {
      case .latency: exchange.latency
      case .replyGap: exchange.replyGap
      case .requestGap: exchange.requestGap
      case .requestTime: exchange.requestTime
      case .replyTime: exchange.replyTime
      case .requestBytes: Double(exchange.request.reduce(0, &+))
      case .requestRecords: Double(exchange.request.count)
      case .replyBytes: Double(exchange.reply.reduce(0, &+))
      case .replyRecords: Double(exchange.reply.count)
      }
    // Not a number is not a value.
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The exchanges of a connection follow each other, and its first has no request gap.
  static func place(_ place: Place, of index: Int, in exchanges: [WireExchange]) -> Int? {
    switch place {
    case .own: return index
    case .next:
      guard index + 1 < exchanges.count, exchanges[index + 1].requestGap != nil else { return nil }
      return index + 1
    case .previous:
      guard index > 0, exchanges[index].requestGap != nil else { return nil }
      return index - 1
    }
  }
}
