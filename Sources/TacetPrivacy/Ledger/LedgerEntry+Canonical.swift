extension LedgerEntry {
  /// The leaf of the log: canonical JSON, version 1. ε and δ are strings, since they inform and do not decide.
  ///
  /// ```
  /// {"delta":"1e-06","device":D,"epsilon":"8.0","index":0,"kind":"budget","limit":L,"time":T,"version":1,"window":W}
  /// {"cost":C,"device":D,"index":1,"kind":"charge","radius":R,"release":ID,"scale":S,"time":T,"version":1}
  /// ```
  package var canonicalBytes: [UInt8] {
    var fields: [String: CanonicalObject.Value] = [
      "index": .integer(index), "time": .integer(time), "device": .string(device), "version": .integer(Self.version),
    ]
    switch content {
    case .budget(let terms):
      fields["kind"] = .string("budget")
      fields["epsilon"] = .string(terms.epsilon.description)
      fields["delta"] = .string(terms.delta.description)
      fields["limit"] = .integer(terms.limit)
      fields["window"] = .integer(terms.windowSeconds)
    case .charge(let terms):
      fields["kind"] = .string("charge")
      fields["release"] = .string(terms.release)
      fields["radius"] = .integer(terms.radius)
      fields["scale"] = .integer(terms.scale)
      fields["cost"] = .integer(terms.cost)
    }
    return CanonicalObject(fields).bytes
  }

  /// Reads a leaf; nil when it is not exactly the canonical encoding of an entry of a known kind and version.
  package init?(canonicalBytes bytes: [UInt8]) {
    guard var object = CanonicalObject(bytes: bytes), object.takeInteger("version") == Self.version,
      let index = object.takeInteger("index"), let time = object.takeInteger("time"),
      let device = object.takeString("device"), let kind = object.takeString("kind")
    else { return nil }
    let content: Content? =
      switch kind {
      case "budget": BudgetTerms(taking: &object).map(Content.budget)
      case "charge": ChargeTerms(taking: &object).map(Content.charge)
      default: nil
      }
    // A field left over is a field whose meaning we do not know.
    guard let content, object.fields.isEmpty else { return nil }
    self.init(index: index, time: time, device: device, content: content)
  }
}

extension LedgerEntry.BudgetTerms {
  fileprivate init?(taking object: inout CanonicalObject) {
    guard let epsilonText = object.takeString("epsilon"), let epsilon = Double(epsilonText),
      let deltaText = object.takeString("delta"), let delta = Double(deltaText),
      epsilon.isFinite, delta.isFinite, epsilon.description == epsilonText, delta.description == deltaText,
      let limit = object.takeInteger("limit"), let window = object.takeInteger("window")
    else { return nil }
    self.init(epsilon: epsilon, delta: delta, limit: limit, windowSeconds: window)
  }
}

extension LedgerEntry.ChargeTerms {
  fileprivate init?(taking object: inout CanonicalObject) {
    guard let release = object.takeString("release"), let radius = object.takeInteger("radius"),
      let scale = object.takeInteger("scale"), let cost = object.takeInteger("cost")
    else { return nil }
    self.init(release: release, radius: radius, scale: scale, cost: cost)
  }
}
