extension WireExchange {
  /// Sorts connections by the classes that occur on them: who asks what is no secret between the parties and shows by the connection, and
  /// only classes that share connections can be compared. Each part is for a ``LeakAssessment`` of its own.
  /// - Parameter exchanges: one connection after the other; the first of each has no ``requestGap``.
  /// - Returns: the parts, by their classes; connections without labels are left out.
  package static func byClasses(_ exchanges: [WireExchange]) -> [(classes: [String], exchanges: [WireExchange])] {
    var parts: [[String]: [WireExchange]] = [:]
    var start = 0
    for index in exchanges.indices where index + 1 == exchanges.count || exchanges[index + 1].requestGap == nil {
      let connection = exchanges[start...index]
      parts[Set(connection.compactMap(\.label)).sorted(), default: []] += connection
      start = index + 1
    }
    parts[[]] = nil
    return parts.map { (classes: $0.key, exchanges: $0.value) }
      .sorted { $0.classes.lexicographicallyPrecedes($1.classes) }
  }
}
