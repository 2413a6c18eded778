import TacetLog

extension LedgerEntry {
  /// The leaf of the log: canonical JSON, version 1, keys sorted. ε and δ are strings, since they inform and do not decide;
  /// who and why are percent-encoded.
  ///
  /// ```
  /// {"delta":"1e-06","device":D,"epsilon":"8.0","index":0,"kind":"budget","limit":L,"time":T,"version":1,"window":W}
  /// {"cost":C,"device":D,"dimension":K,"index":1,"kind":"charge","precision":64,"radius":R,"release":ID,"scale":S,"time":T,"version":1}
  /// {"cost":C,"device":D,"dimension":K,"index":1,"kind":"charge","precision":64,"release":ID,"scale":S,"sensitivity":N,"steps":K,"time":T,"unit":"contribution","version":1}
  /// {"bound":B,"cost":C,"device":D,"dimension":K,"filter":"10 6 4","index":1,"kind":"charge","passages":P,"precision":64,…}
  /// {"by":WHO,"device":D,"index":2,"kind":"fallback","reason":WHY,"time":T,"version":1}
  /// {"by":WHO,"device":D,"index":3,"kind":"restore","time":T,"version":1}
  /// ```
  package var canonicalBytes: [UInt8] {
    var writer = CanonicalWriter()
    switch content {
    case .budget(let terms):
      writer.string("delta", terms.delta.description)
      writer.string("device", device)
      writer.string("epsilon", terms.epsilon.description)
      writer.integer("index", index)
      writer.string("kind", "budget")
      writer.integer("limit", terms.limit)
    case .charge(let terms):
      let origin = terms.extent.origin
      if let origin { writer.integer("bound", UInt64(clamping: origin.bound)) }
      writer.integer("cost", terms.cost)
      writer.string("device", device)
      writer.integer("dimension", terms.dimension)
      if let origin { writer.string("filter", origin.taps.map(String.init).joined(separator: " ")) }
      writer.integer("index", index)
      writer.string("kind", "charge")
      if let origin { writer.integer("passages", UInt64(clamping: origin.passages)) }
      writer.integer("precision", terms.precision.rawValue)
      if case .anyInput(let radius) = terms.extent { writer.integer("radius", radius) }
      writer.string("release", terms.release)
      writer.integer("scale", terms.scale)
      if case .contribution(let sensitivity, let steps, _) = terms.extent {
        writer.integer("sensitivity", sensitivity)
        writer.integer("steps", steps)
      }
    case .fallback(let by, let reason):
      writeOrder(by: by, kind: "fallback", to: &writer)
      writer.string("reason", FreeText.encode(reason))
    case .restore(let by):
      writeOrder(by: by, kind: "restore", to: &writer)
    }
    writer.integer("time", time)
    // A charge that names no unit is of the first there was, `any-input`.
    if case .charge(let terms) = content, terms.unit != .anyInput { writer.string("unit", terms.unit.rawValue) }
    writer.integer("version", Self.version)
    if case .budget(let terms) = content { writer.integer("window", terms.windowSeconds) }
    return writer.finished()
  }

  private func writeOrder(by: String, kind: String, to writer: inout CanonicalWriter) {
    writer.string("by", FreeText.encode(by))
    writer.string("device", device)
    writer.integer("index", index)
    writer.string("kind", kind)
  }

  /// Reads a leaf; nil when it is not exactly the canonical encoding of an entry of a known kind and version.
  package init?(canonicalBytes bytes: ArraySlice<UInt8>) {
    let reader = CanonicalReader(bytes)
    let entry: LedgerEntry? =
      if reader.isAt("cost") || reader.isAt("bound") {
        Self.readCharge(reader)
      } else if reader.isAt("delta") {
        Self.readBudget(reader)
      } else {
        Self.readOrder(reader)
      }
    guard let entry else { return nil }
    self = entry
  }

  /// Reads a leaf.
  package init?(canonicalBytes bytes: [UInt8]) {
    self.init(canonicalBytes: bytes[...])
  }

  /// How a budget's leaf begins, and no other's: its first key.
  package static let budgetStart: StaticString = "{\"delta\""

  private static func readCharge(_ reader: CanonicalReader) -> LedgerEntry? {
    var reader = reader
    let bound = reader.isAt("bound") ? reader.integer("bound") : nil
    guard let cost = reader.integer("cost"), let device = reader.string("device"),
      let dimension = reader.integer("dimension"), let filter = reader.filter(isThere: bound != nil),
      let index = reader.integer("index"), reader.string("kind") == "charge",
      let passages = bound == nil ? 0 : reader.integer("passages"), let bits = reader.integer("precision"),
      let precision = NoisePrecision(rawValue: bits), let passages = Int(exactly: passages),
      let bounded = Int(exactly: bound ?? 0)
    else { return nil }
    let origin = bound.map { _ in StreamParameters.Origin(taps: filter, passages: passages, bound: bounded) }
    let radius = reader.isAt("radius") ? reader.integer("radius") : nil
    guard let release = reader.string("release"), let scale = reader.integer("scale") else { return nil }
    let extent = radius.map(Extent.anyInput) ?? reader.contribution(origin)
    guard let extent, radius == nil || origin == nil, let time = reader.end(unit: radius == nil ? .contribution : nil)
    else { return nil }
    return LedgerEntry(
      index: index, time: time, device: device,
      content: .charge(
        .init(
          release: release, extent: extent, scale: scale, dimension: dimension, precision: precision, cost: cost)))
  }

  private static func readBudget(_ reader: CanonicalReader) -> LedgerEntry? {
    var reader = reader
    guard let delta = reader.double("delta"), let device = reader.string("device"),
      let epsilon = reader.double("epsilon"), let index = reader.integer("index"), reader.string("kind") == "budget",
      let limit = reader.integer("limit"), let time = reader.integer("time"),
      reader.integer("version") == version, let window = reader.integer("window"), reader.isFinished()
    else { return nil }
    return LedgerEntry(
      index: index, time: time, device: device,
      content: .budget(.init(epsilon: epsilon, delta: delta, limit: limit, windowSeconds: window)))
  }

  private static func readOrder(_ reader: CanonicalReader) -> LedgerEntry? {
    var reader = reader
    guard let by = reader.freeText("by"), let device = reader.string("device"), let index = reader.integer("index"),
      let kind = reader.string("kind")
    else { return nil }
    let content: Content
    switch kind {
    case "fallback":
      guard let reason = reader.freeText("reason") else { return nil }
      content = .fallback(by: by, reason: reason)
    case "restore": content = .restore(by: by)
    default: return nil
    }
    guard let time = reader.end() else { return nil }
    return LedgerEntry(index: index, time: time, device: device, content: content)
  }
}

extension CanonicalReader {
  /// A finite number as Swift prints it.
  mutating func double(_ key: StaticString) -> Double? {
    guard let text = string(key), let value = Double(text), value.isFinite, value.description == text else {
      return nil
    }
    return value
  }

  mutating func freeText(_ key: StaticString) -> String? {
    string(key).flatMap(FreeText.decode)
  }

  /// What a charge of the unit `contribution` has in the place of a radius.
  fileprivate mutating func contribution(_ origin: StreamParameters.Origin?) -> LedgerEntry.Extent? {
    guard let sensitivity = integer("sensitivity"), let steps = integer("steps") else { return nil }
    return .contribution(sensitivity: sensitivity, steps: steps, origin: origin)
  }

  /// The taps of a filter, each in its one spelling; none where there is no such member.
  fileprivate mutating func filter(isThere: Bool) -> [Int]? {
    guard isThere else { return [] }
    guard let words = string("filter")?.split(separator: " ", omittingEmptySubsequences: false) else { return nil }
    let taps = words.compactMap { word in Int(word).flatMap { String($0) == word ? $0 : nil } }
    return taps.count == words.count ? taps : nil
  }

  /// The time and the version that end an entry, and between them the unit where it is named.
  fileprivate mutating func end(unit: PrivacyUnit? = nil) -> UInt64? {
    guard let time = integer("time"), unit == nil || string("unit") == unit?.rawValue,
      integer("version") == LedgerEntry.version, isFinished()
    else { return nil }
    return time
  }
}
