import TacetWire

/// The exchanges of a connection, found in its records.
struct FlowExchanges: Sendable {
  /// In order of the replies' departure; the first has no gaps.
  private(set) var exchanges: [WireExchange] = []
  /// When the messages of each direction left, in seconds from the first one on.
  private(set) var requestTimes: [Double] = []
  private(set) var replyTimes: [Double] = []
  /// Sizes of the application-data records before the first message.
  private(set) var requestPreamble: [Int] = []
  private(set) var replyPreamble: [Int] = []
  /// Why the connection cannot be judged, a sentence each.
  private(set) var problems: [String] = []
  /// What no connection of this kind may look like, a sentence each.
  private(set) var violations: [String] = []
  /// Sizes of the records of every message that must look like the others of its direction, paired or not.
  private(set) var requestLooks: [[Int]] = []
  private(set) var replyLooks: [[Int]] = []

  /// Content type of application data, under which everything travels that is encrypted.
  private static let applicationData: UInt8 = 23
  /// A closing alert: two bytes, their type, tag and header.
  private static let alertBytes = 24

  /// One message: sizes of its records, times of its first and last.
  private struct Message {
    var sizes: [Int]
    var first: Int64
    var last: Int64

    init(_ records: ArraySlice<CapturedFlow.Record>) {
      sizes = records.map(\.bytes)
      (first, last) = (records.first?.time ?? 0, records.last?.time ?? 0)
    }
  }

  /// - Parameter labels: of this connection.
  init(_ flow: CapturedFlow, labels: [ExchangeLabel], expectation: WireExpectation) {
    violations = flow.violations
    for (side, records) in [("client", flow.requests), ("server", flow.replies)] {
      // Once it has begun, encryption hides what a record is (RFC 8446, section 5.2).
      let encrypted = records.drop { $0.type != Self.applicationData }
      if let open = encrypted.first(where: { $0.type != Self.applicationData }) {
        violations.append("the \(side) sent a record of type \(open.type) among the encrypted ones")
      }
    }
    let requests = Self.messages(flow.requests)
    let replies = Self.messages(flow.replies)
    if flow.isLink {
      readCells(requests, replies, labels, expectation, flow)
    } else {
      readTurns(requests, replies, labels, expectation, flow)
    }
  }

  /// What is encrypted, without the alert that closes.
  private static func messages(_ records: [CapturedFlow.Record]) -> [CapturedFlow.Record] {
    var found = records.filter { $0.type == applicationData }
    if found.last?.bytes == alertBytes { found.removeLast() }
    return found
  }

  // MARK: Links: each message is its own records, replies come in any order

  private mutating func readCells(
    _ requests: [CapturedFlow.Record], _ replies: [CapturedFlow.Record], _ labels: [ExchangeLabel],
    _ expectation: WireExpectation, _ flow: CapturedFlow
  ) {
    let asked = cells(requests, expectation, "client", preamble: \.requestPreamble)
    let answered = cells(replies, expectation, "server", preamble: \.replyPreamble)
    requestTimes = Self.seconds(asked.map(\.first))
    replyTimes = Self.seconds(answered.map(\.first))
    (requestLooks, replyLooks) = (asked.map(\.sizes), answered.map(\.sizes))
    var pairs = labels.map { (request: $0.request, reply: $0.reply, label: Optional($0.class)) }
    if labels.isEmpty {
      pairs = (0..<min(asked.count, answered.count)).map { (request: $0, reply: $0, label: nil) }
    }
    var seen: Set<Int> = []
    for pair in pairs.sorted(by: { $0.reply < $1.reply })
    where asked.indices.contains(pair.request) && answered.indices.contains(pair.reply) {
      guard seen.insert(pair.reply).inserted else { return problems.append("the labels name a reply twice") }
      let (request, reply) = (asked[pair.request], answered[pair.reply])
      add(
        request, reply, label: pair.label, before: pair.reply > 0 ? answered[pair.reply - 1] : nil,
        askedBefore: pair.request > 0 ? asked[pair.request - 1] : nil)
    }
    if exchanges.count < pairs.count {
      problems.append("\(pairs.count - exchanges.count) exchanges of the labels are not in the capture")
    }
    guard violations.isEmpty, flow.gaps.isEmpty else { return }
    if answered.count > asked.count { violations.append("the server sent more messages than it was asked for") }
    noteUnanswered(asked.dropFirst(answered.count).map(\.first), flow)
  }

  /// Requests at the end of a connection that nothing answered. A client may close before its replies come, and they may be under way
  /// when the capture ends; else that there is none can tell something.
  private mutating func noteUnanswered(_ times: [Int64], _ flow: CapturedFlow) {
    guard let first = times.first, flow.closer != .client else { return }
    let usual = (exchanges.map(\.latency).max() ?? 0) * 2 + Self.patience
    guard flow.closer == .server || Self.seconds(first, flow.captureEnd) > usual else { return }
    problems.append("\(times.count) requests at its end have no reply")
  }

  /// In seconds.
  private static let patience = 1.0

  private mutating func cells(
    _ records: [CapturedFlow.Record], _ expectation: WireExpectation, _ side: String,
    preamble: WritableKeyPath<FlowExchanges, [Int]>
  ) -> [Message] {
    let limit = expectation.longestPreamble
    guard let pattern = expectation.linkRecords ?? Self.mostFrequent(records) else { return [] }
    // The first encrypted record of a side is of the handshake.
    let start = (1...max(1, limit)).first { records.dropFirst($0).prefix(pattern.count).map(\.bytes) == pattern }
    guard let start else {
      if records.count > limit { violations.append("the \(side) sent no message of \(pattern) bytes at the beginning") }
      return []
    }
    self[keyPath: preamble] = records.prefix(start).map(\.bytes)
    let rest = records.dropFirst(start)
    return stride(from: rest.startIndex, to: rest.endIndex, by: pattern.count).compactMap { index in
      let end = index + pattern.count
      // What the capture's end has cut off is no message.
      return end <= rest.endIndex ? Message(rest[index..<end]) : nil
    }
  }

  private static func mostFrequent(_ records: [CapturedFlow.Record]) -> [Int]? {
    var counts: [Int: Int] = [:]
    for record in records { counts[record.bytes, default: 0] += 1 }
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }.map { [$0.key] }
  }

  // MARK: Everything else: a message is what passes in one direction until the other answers

  private mutating func readTurns(
    _ requests: [CapturedFlow.Record], _ replies: [CapturedFlow.Record], _ labels: [ExchangeLabel],
    _ expectation: WireExpectation, _ flow: CapturedFlow
  ) {
    let (handshake, turns, unanswered) = Self.turns(requests, replies)
    // The handshake's own turns: the client's last flight with the session tickets, the protocol's greetings.
    let count = labels.isEmpty ? max(0, turns.count - 2) : labels.count
    let extra = turns.count - count
    guard extra >= 0, labels.isEmpty || extra <= expectation.longestPreamble else {
      return problems.append("there are \(turns.count) exchanges in the capture, \(labels.count) in the labels")
    }
    requestPreamble = turns.prefix(extra).flatMap(\.request.sizes)
    replyPreamble = handshake.map(\.bytes) + turns.prefix(extra).flatMap(\.reply.sizes)
    for (side, beginning) in [("client", requestPreamble), ("server", replyPreamble)]
    where beginning.count > expectation.longestPreamble {
      violations.append("the \(side) sent \(beginning.count) records before its first message")
    }
    let judged = turns.dropFirst(extra)
    requestTimes = Self.seconds(judged.map(\.request.first))
    replyTimes = Self.seconds(judged.map(\.reply.first))
    let classes = Dictionary(labels.map { ($0.reply, $0.class) }) { first, _ in first }
    // The first of a connection is not like the others: HTTP/2 has tables of headers to fill.
    (requestLooks, replyLooks) = (judged.dropFirst().map(\.request.sizes), judged.dropFirst().map(\.reply.sizes))
    var before: (request: Message, reply: Message)?
    for (number, turn) in judged.enumerated() {
      add(turn.request, turn.reply, label: classes[number], before: before?.reply, askedBefore: before?.request)
      before = turn
    }
    if flow.gaps.isEmpty { noteUnanswered(unanswered.map(\.time), flow) }
  }

  /// What the server said first; questions with their answers; what nobody answered.
  private static func turns(
    _ requests: [CapturedFlow.Record], _ replies: [CapturedFlow.Record]
  ) -> (
    handshake: ArraySlice<CapturedFlow.Record>, turns: [(request: Message, reply: Message)],
    unanswered: ArraySlice<CapturedFlow.Record>
  ) {
    var turns: [(request: Message, reply: Message)] = []
    var (request, reply) = (requests[...], replies[...])
    // What the server says before the client has said anything is the handshake.
    let handshake = request.first.map { first in reply.prefix { $0.time < first.time } } ?? reply
    reply = reply.dropFirst(handshake.count)
    while let asked = request.first, let answered = reply.first {
      let question = request.prefix { $0.time <= answered.time }
      request = request.dropFirst(question.count)
      let end = request.first?.time ?? .max
      let answer = reply.prefix { $0.time < end }
      reply = reply.dropFirst(answer.count)
      guard asked.time <= answered.time, !question.isEmpty, !answer.isEmpty else { break }
      turns.append((Message(question), Message(answer)))
    }
    return (handshake, turns, request)
  }

  // MARK: Both

  private mutating func add(
    _ request: Message, _ reply: Message, label: String?, before: Message?, askedBefore: Message?
  ) {
    let isFirst = exchanges.isEmpty
    exchanges.append(
      WireExchange(
        label: label, request: request.sizes, reply: reply.sizes, latency: Self.seconds(request.last, reply.first),
        replyGap: isFirst ? nil : before.map { Self.seconds($0.first, reply.first) } ?? 0,
        requestGap: isFirst ? nil : askedBefore.map { Self.seconds($0.first, request.first) } ?? 0))
  }

  private static func seconds(_ start: Int64, _ end: Int64) -> Double {
    Double(end.subtractingReportingOverflow(start).partialValue) * 1e-9
  }

  /// From the first on.
  private static func seconds(_ times: [Int64]) -> [Double] { times.map { seconds(times.first ?? 0, $0) } }
}
