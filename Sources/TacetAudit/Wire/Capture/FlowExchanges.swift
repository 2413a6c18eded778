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
  /// Exchanges that no label names.
  private(set) var unlabelled = 0

  /// Content type of application data, under which everything travels that is encrypted.
  private static let applicationData: UInt8 = 23
  /// A closing alert: two bytes, their type, tag and header.
  private static let alertBytes = 24

  /// One message: sizes of its records, times of its first and last, and of its last byte.
  private struct Message {
    var sizes: [Int]
    var first: Int64
    var last: Int64
    var end: Int64

    init(_ records: ArraySlice<CapturedFlow.Record>) {
      sizes = records.map(\.bytes)
      (first, last) = (records.first?.time ?? 0, records.last?.time ?? 0)
      end = records.last?.end ?? 0
    }
  }

  /// - Parameter labels: of this connection.
  init(_ flow: CapturedFlow, labels: [ExchangeLabel], expectation: WireExpectation) {
    violations = flow.violations
    for (side, records) in [("client", flow.requests), ("server", flow.replies)] {
      violations += Self.disorder(in: records).map { "the \(side) sent \($0)" }
    }
    let requests = Self.messages(flow.requests)
    let replies = Self.messages(flow.replies)
    if flow.isLink {
      readCells(requests, replies, labels, expectation, flow)
    } else {
      readTurns(requests, replies, labels, expectation, flow)
    }
  }

  /// What no TLS 1.3 looks like (RFC 8446, sections 5.1 and 5.2, appendix D.4): beyond two hellos and two changes of cipher all is encrypted,
  /// or the one alert that refuses, and hides what it is.
  private static func disorder(in records: [CapturedFlow.Record]) -> [String] {
    let open = records.prefix { $0.type != applicationData }
    let refusal = open.count == records.count && open.last.map { ($0.type, $0.bytes) == (21, openAlertBytes) } ?? false
    let hellos = open.dropLast(refusal ? 1 : 0)
    var found: [String] = []
    if let one = records.dropFirst(open.count).first(where: { $0.type != applicationData }) {
      found.append("a record of type \(one.type) among the encrypted ones")
    }
    let changes = hellos.filter { $0.type == 20 }
    if hellos.contains(where: { $0.type == 21 }) || hellos.count(where: { $0.type == 22 }) > mostHellos
      || changes.count > mostHellos || changes.contains(where: { $0.bytes != changeBytes })
    {
      found.append("\(hellos.count) records that are not encrypted, more than a handshake has")
    }
    if let long = records.first(where: { $0.bytes > longestRecord }) {
      found.append("a record of \(long.bytes) bytes, more than TLS permits")
    }
    return found
  }

  /// One, and another after a request to try again; as many changes of cipher spec.
  private static let mostHellos = 2
  private static let changeBytes = 6
  /// An alert before encryption.
  private static let openAlertBytes = 7
  /// Header, 2¹⁴ bytes of content, 256 of what encryption adds.
  private static let longestRecord = 5 + 16_384 + 256

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
    let asked = cells(requests, expectation, "client", isComplete: flow.gaps.isEmpty, preamble: \.requestPreamble)
    let answered = cells(replies, expectation, "server", isComplete: flow.gaps.isEmpty, preamble: \.replyPreamble)
    requestTimes = Self.seconds(asked.map(\.first))
    replyTimes = Self.seconds(answered.map(\.first))
    (requestLooks, replyLooks) = (asked.map(\.sizes), answered.map(\.sizes))
    pair(asked, answered, labels)
    guard violations.isEmpty, flow.gaps.isEmpty else { return }
    if answered.count > asked.count { violations.append("the server sent more messages than it was asked for") }
    noteUnanswered(asked.dropFirst(answered.count).map(\.first), flow)
  }

  /// As the labels say; what they do not name in the order of departure, in which no reply seems earlier than the earliest is.
  private mutating func pair(_ asked: [Message], _ answered: [Message], _ labels: [ExchangeLabel]) {
    let named = labels.filter { asked.indices.contains($0.request) && answered.indices.contains($0.reply) }
    if named.count < labels.count {
      problems.append("\(labels.count - named.count) exchanges of the labels are not in the capture")
    }
    let (requests, replies) = (Set(named.map(\.request)), Set(named.map(\.reply)))
    guard requests.count == named.count, replies.count == named.count else {
      return problems.append("the labels name a request or a reply twice")
    }
    var pairs = named.map { (request: $0.request, reply: $0.reply, label: Optional($0.class)) }
    let rest = zip(asked.indices.filter { !requests.contains($0) }, answered.indices.filter { !replies.contains($0) })
    pairs += rest.map { (request: $0, reply: $1, label: nil) }
    unlabelled = pairs.count - named.count
    for pair in pairs.sorted(by: { $0.reply < $1.reply }) {
      add(
        asked[pair.request], answered[pair.reply], label: pair.label,
        before: pair.reply > 0 ? answered[pair.reply - 1] : nil,
        askedBefore: pair.request > 0 ? asked[pair.request - 1] : nil)
    }
  }

  /// Requests at the end of a connection that nothing answered. A client may close before its replies come, and they may be under way
  /// when the capture ends; else that there is none can tell something.
  private mutating func noteUnanswered(_ times: [Int64], _ flow: CapturedFlow) {
    let closer = Self.closer(of: flow)
    guard let first = times.first, closer != .client else { return }
    let usual = (exchanges.map(\.latency).max() ?? 0) * 2 + Self.patience
    guard closer == .server || Self.seconds(first, flow.captureEnd) > usual else { return }
    problems.append("\(times.count) requests at its end have no reply")
  }

  /// Who said first that it closes: a server's alert before its client's end is in place of a reply.
  private static func closer(of flow: CapturedFlow) -> CapturedFlow.Side? {
    guard let alert = flow.replies.last, alert.type == applicationData, alert.bytes == alertBytes else {
      return flow.closer
    }
    let asking = flow.requests.last.flatMap { $0.bytes == alertBytes ? $0.time : nil }
    let end = [asking, flow.closer == .client ? flow.closed : nil].compactMap { $0 }.min()
    return end.map { $0 <= alert.time } ?? false ? .client : .server
  }

  /// In seconds.
  private static let patience = 1.0

  private mutating func cells(
    _ records: [CapturedFlow.Record], _ expectation: WireExpectation, _ side: String, isComplete: Bool,
    preamble: WritableKeyPath<FlowExchanges, [Int]>
  ) -> [Message] {
    let limit = expectation.longestPreamble
    let usual = side == "client" ? Self.linkBeginning.client : Self.linkBeginning.server
    guard let pattern = expectation.linkRecords ?? Self.mostFrequent(records.dropFirst(usual)) else { return [] }
    let start = ([usual] + (1...max(1, limit))).first {
      records.dropFirst($0).prefix(pattern.count).map(\.bytes) == pattern
    }
    guard let start else {
      // What the capture's end has cut off is no message, but looks like the beginning of one.
      let rest = records.dropFirst(usual)
      if isComplete || records.count > limit, rest.count >= pattern.count || !pattern.starts(with: rest.map(\.bytes)) {
        violations.append("the \(side) sent no message of \(pattern) bytes at the beginning")
      }
      return []
    }
    self[keyPath: preamble] = records.prefix(start).map(\.bytes)
    let rest = records.dropFirst(start)
    let whole = rest.dropLast(rest.count % pattern.count)
    if !pattern.starts(with: rest.dropFirst(whole.count).map(\.bytes)) {
      violations.append("the \(side)'s last records are no message of \(pattern) bytes")
    }
    return stride(from: whole.startIndex, to: whole.endIndex, by: pattern.count).map { index in
      Message(whole[index..<(index + pattern.count)])
    }
  }

  /// The encrypted records of a link's sides before their first messages: the client's certificate; the server's, and its session tickets.
  static let linkBeginning = (client: 1, server: 2)

  private static func mostFrequent(_ records: ArraySlice<CapturedFlow.Record>) -> [Int]? {
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
    let absent = labels.count { !(0..<count).contains($0.reply) || !(0..<count).contains($0.request) }
    if absent > 0 { problems.append("\(absent) exchanges of the labels are not in the capture") }
    if classes.count < labels.count { problems.append("the labels name a reply twice") }
    unlabelled = (0..<count).count { classes[$0] == nil }
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
        requestTime: Self.seconds(request.first, request.end), replyTime: Self.seconds(reply.first, reply.end),
        replyGap: isFirst ? nil : before.map { Self.seconds($0.first, reply.first) } ?? 0,
        requestGap: isFirst ? nil : askedBefore.map { Self.seconds($0.first, request.first) } ?? 0))
  }

  private static func seconds(_ start: Int64, _ end: Int64) -> Double {
    Double(end.subtractingReportingOverflow(start).partialValue) * 1e-9
  }

  /// From the first on.
  private static func seconds(_ times: [Int64]) -> [Double] { times.map { seconds(times.first ?? 0, $0) } }
}
