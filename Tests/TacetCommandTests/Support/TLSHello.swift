/// A ClientHello or ServerHello in the first record of a conversation (RFC 8446 §4.1.2, §4.1.3), as an onlooker reads it.
struct TLSHello {
  /// The numbers of extensions.
  enum Extension {
    static let supportedGroups: UInt16 = 10
    static let supportedVersions: UInt16 = 43
    static let keyShare: UInt16 = 51
  }

  /// X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem).
  static let x25519MLKEM768: UInt16 = 0x11EC
  static let x25519: UInt16 = 0x001D
  static let tls13: UInt16 = 0x0304

  /// The record, to be written out again.
  private(set) var bytes: [UInt8]
  /// Where the content of each extension is.
  private let extensions: [UInt16: Range<Int>]

  /// Nil where the bytes do not begin with a whole record of a hello.
  init?(_ bytes: [UInt8]) {
    guard bytes.count > 44, bytes[0] == 22, bytes[5] == 1 || bytes[5] == 2 else { return nil }
    let end = 5 + Self.number(bytes, 3)
    guard bytes.count >= end else { return nil }
    // Record, handshake, version, random; then the session ID.
    var place = 5 + 4 + 2 + 32
    place += 1 + Int(bytes[place])
    if bytes[5] == 1 {
      place += 2 + Self.number(bytes, place)
      place += 1 + Int(bytes[place])
    } else {
      place += 3
    }
    place += 2
    var extensions: [UInt16: Range<Int>] = [:]
    while place + 4 <= end {
      let content = place + 4..<place + 4 + Self.number(bytes, place + 2)
      guard content.upperBound <= end else { return nil }
      extensions[UInt16(Self.number(bytes, place))] = content
      place = content.upperBound
    }
    self.bytes = bytes
    self.extensions = extensions
  }

  /// The group of a ServerHello's key share.
  var keyShareOfServer: UInt16? {
    extensions[Extension.keyShare].map { UInt16(Self.number(bytes, $0.lowerBound)) }
  }

  /// The version a ServerHello chooses.
  var versionOfServer: UInt16? {
    extensions[Extension.supportedVersions].map { UInt16(Self.number(bytes, $0.lowerBound)) }
  }

  /// The groups of a ClientHello, most liked first.
  var groups: [UInt16] { words(Extension.supportedGroups, from: 2).map { UInt16(Self.number(bytes, $0)) } }

  /// Puts another version in the place of TLS 1.3 in a ClientHello.
  mutating func strip13() {
    for place in words(Extension.supportedVersions, from: 1) where Self.number(bytes, place) == Int(Self.tls13) {
      put(0x0303, at: place)
    }
  }

  /// Puts a group that nobody knows in the place of one, in a ClientHello's groups and key shares.
  mutating func strip(group: UInt16) {
    for place in words(Extension.supportedGroups, from: 2) where Self.number(bytes, place) == Int(group) {
      put(0x2A2A, at: place)
    }
    guard let shares = extensions[Extension.keyShare] else { return }
    var place = shares.lowerBound + 2
    while place + 4 <= shares.upperBound {
      if Self.number(bytes, place) == Int(group) { put(0x2A2A, at: place) }
      place += 4 + Self.number(bytes, place + 2)
    }
  }

  private func words(_ number: UInt16, from offset: Int) -> StrideTo<Int> {
    guard let content = extensions[number] else { return stride(from: 0, to: 0, by: 2) }
    return stride(from: content.lowerBound + offset, to: content.upperBound - 1, by: 2)
  }

  private mutating func put(_ word: UInt16, at place: Int) {
    (bytes[place], bytes[place + 1]) = (UInt8(word >> 8), UInt8(word & 255))
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
    place + 1 < bytes.count ? Int(bytes[place]) << 8 | Int(bytes[place + 1]) : 0
  }
}
