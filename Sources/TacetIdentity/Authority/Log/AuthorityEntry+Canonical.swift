import TacetLog

extension AuthorityEntry {
  /// The leaf of the log: canonical JSON, version 1, keys sorted.
  ///
  /// ```
  /// {"fingerprint":F,"id":ID,"index":2,"issuer":K,"kind":"issue","not_after":T,"not_before":T,"serial":S,"time":T,"version":1}
  /// {"fingerprint":F,"id":ID,"index":2,"issuer":K,"kind":"issue","not_after":T,"not_before":T,"profile":P,"serial":S,"time":T,"token":D,"version":1}
  /// {"fingerprint":F,"id":ID,"index":3,"issuer":K,"kind":"renew","not_after":T,"not_before":T,"renews":S,"serial":S,"time":T,"version":1}
  /// {"id":ID,"index":4,"kind":"revoke","reason":R,"serial":S,"time":T,"version":1}
  /// {"fingerprint":F,"index":0,"key":K,"kind":"install","level":"root","not_after":T,"not_before":T,"serial":S,"time":T,"version":1}
  /// {"fingerprint":F,"index":5,"key":K,"kind":"rotate","level":"root","not_after":T,"not_before":T,"serial":S,"time":T,"version":1}
  /// {"entries":N,"index":6,"issuer":K,"kind":"crl","next_update":T,"time":T,"version":1}
  /// {"audience_sha256":H,"expires":T,"id":ID,"index":7,"kid":K,"kind":"jwt","serial":S,"time":T,"token_sha256":H,"version":1}
  /// ```
  ///
  /// A certificate's profile stands there where it is not the default, the token where one was redeemed.
  package var canonicalBytes: [UInt8] {
    var writer = CanonicalWriter()
    switch content {
    case .issue(let leaf): write(leaf, renews: nil, to: &writer)
    case .renew(let leaf, let renews): write(leaf, renews: renews, to: &writer)
    case .revoke(let serial, let id, let reason):
      writer.string("id", id)
      writer.integer("index", index)
      writer.string("kind", "revoke")
      writer.string("reason", reason)
      writer.string("serial", serial)
    case .install(let signer): write(signer, kind: "install", to: &writer)
    case .rotate(let signer): write(signer, kind: "rotate", to: &writer)
    case .list(let issuer, let entries, let nextUpdate):
      writer.integer("entries", entries)
      writer.integer("index", index)
      writer.string("issuer", issuer)
      writer.string("kind", "crl")
      writer.integer("next_update", nextUpdate)
    case .token(let token): write(token, to: &writer)
    }
    writer.integer("time", time)
    if let token = leaf?.token { writer.string("token", token) }
    if case .token(let token) = content { writer.string("token_sha256", token.tokenHash) }
    writer.integer("version", Self.version)
    return writer.finished()
  }

  private func write(_ leaf: Leaf, renews: String?, to writer: inout CanonicalWriter) {
    writer.string("fingerprint", leaf.fingerprint)
    writer.string("id", leaf.id)
    writer.integer("index", index)
    writer.string("issuer", leaf.issuer)
    writer.string("kind", renews == nil ? "issue" : "renew")
    writer.integer("not_after", leaf.notAfter)
    writer.integer("not_before", leaf.notBefore)
    if let profile = leaf.profile { writer.string("profile", profile) }
    if let renews { writer.string("renews", renews) }
    writer.string("serial", leaf.serial)
  }

  private func write(_ signer: Signer, kind: String, to writer: inout CanonicalWriter) {
    writer.string("fingerprint", signer.fingerprint)
    writer.integer("index", index)
    writer.string("key", signer.key)
    writer.string("kind", kind)
    writer.string("level", signer.level.rawValue)
    writer.integer("not_after", signer.notAfter)
    writer.integer("not_before", signer.notBefore)
    writer.string("serial", signer.serial)
  }

  private func write(_ token: Token, to writer: inout CanonicalWriter) {
    writer.string("audience_sha256", token.audienceHash)
    writer.integer("expires", token.expires)
    writer.string("id", token.id)
    writer.integer("index", index)
    writer.string("kid", token.key)
    writer.string("kind", "jwt")
    writer.string("serial", token.serial)
  }

  /// Reads a leaf; nil when it is not exactly the canonical encoding of an entry of a known kind and version.
  package init?(canonicalBytes bytes: ArraySlice<UInt8>) {
    let reader = CanonicalReader(bytes)
    let entry =
      if reader.isAt("fingerprint") {
        Self.readCertificate(reader)
      } else if reader.isAt("id") {
        Self.readRevocation(reader)
      } else if reader.isAt("audience_sha256") {
        Self.readToken(reader)
      } else {
        Self.readList(reader)
      }
    guard let entry else { return nil }
    self = entry
  }

  private static func readCertificate(_ reader: CanonicalReader) -> AuthorityEntry? {
    var reader = reader
    guard let fingerprint = reader.string("fingerprint") else { return nil }
    return reader.isAt("id")
      ? readLeaf(reader, fingerprint: fingerprint) : readSigner(reader, fingerprint: fingerprint)
  }

  private static func readLeaf(_ reader: CanonicalReader, fingerprint: String) -> AuthorityEntry? {
    var reader = reader
    guard let id = reader.string("id"), let index = reader.integer("index"), let issuer = reader.string("issuer"),
      let kind = reader.string("kind"), let notAfter = reader.integer("not_after"),
      let notBefore = reader.integer("not_before")
    else { return nil }
    let profile = reader.string("profile", when: reader.isAt("profile"))
    let renews = reader.string("renews", when: kind == "renew")
    guard kind == "issue" || (kind == "renew" && renews != nil), let serial = reader.string("serial"),
      let time = reader.integer("time")
    else { return nil }
    let token = reader.string("token", when: reader.isAt("token"))
    guard reader.version() else { return nil }
    let leaf = Leaf(
      fingerprint: fingerprint, id: id, issuer: issuer, notBefore: notBefore, notAfter: notAfter, serial: serial,
      profile: profile, token: token)
    return AuthorityEntry(
      index: index, time: time, content: renews.map { .renew(leaf, renews: $0) } ?? .issue(leaf))
  }

  private static func readSigner(_ reader: CanonicalReader, fingerprint: String) -> AuthorityEntry? {
    var reader = reader
    guard let index = reader.integer("index"), let key = reader.string("key"), let kind = reader.string("kind"),
      kind == "install" || kind == "rotate", let level = reader.string("level").flatMap(Signer.Level.init(rawValue:)),
      let notAfter = reader.integer("not_after"), let notBefore = reader.integer("not_before"),
      let serial = reader.string("serial"), let time = reader.end()
    else { return nil }
    let signer = Signer(
      fingerprint: fingerprint, key: key, level: level, notBefore: notBefore, notAfter: notAfter, serial: serial)
    return AuthorityEntry(index: index, time: time, content: kind == "install" ? .install(signer) : .rotate(signer))
  }

  private static func readRevocation(_ reader: CanonicalReader) -> AuthorityEntry? {
    var reader = reader
    guard let id = reader.string("id"), let index = reader.integer("index"), reader.string("kind") == "revoke",
      let reason = reader.string("reason"), let serial = reader.string("serial"), let time = reader.end()
    else { return nil }
    return AuthorityEntry(index: index, time: time, content: .revoke(serial: serial, id: id, reason: reason))
  }

  private static func readList(_ reader: CanonicalReader) -> AuthorityEntry? {
    var reader = reader
    guard let entries = reader.integer("entries"), let index = reader.integer("index"),
      let issuer = reader.string("issuer"), reader.string("kind") == "crl",
      let nextUpdate = reader.integer("next_update"), let time = reader.end()
    else { return nil }
    return AuthorityEntry(
      index: index, time: time, content: .list(issuer: issuer, entries: entries, nextUpdate: nextUpdate))
  }

  private static func readToken(_ reader: CanonicalReader) -> AuthorityEntry? {
    var reader = reader
    guard let audience = reader.string("audience_sha256"), let expires = reader.integer("expires"),
      let id = reader.string("id"), let index = reader.integer("index"), let key = reader.string("kid"),
      reader.string("kind") == "jwt", let serial = reader.string("serial"), let time = reader.integer("time"),
      let hash = reader.string("token_sha256"), reader.version()
    else { return nil }
    let token = Token(
      audienceHash: audience, expires: expires, id: id, key: key, serial: serial, tokenHash: hash)
    return AuthorityEntry(index: index, time: time, content: .token(token))
  }
}

extension CanonicalReader {
  /// The next member where it is called for.
  fileprivate mutating func string(_ key: StaticString, when isWanted: Bool) -> String? {
    isWanted ? string(key) : nil
  }

  /// The time and the version that end an entry.
  fileprivate mutating func end() -> UInt64? {
    guard let time = integer("time"), version() else { return nil }
    return time
  }

  /// Whether the version ends it.
  fileprivate mutating func version() -> Bool {
    integer("version") == AuthorityEntry.version && isFinished()
  }
}
