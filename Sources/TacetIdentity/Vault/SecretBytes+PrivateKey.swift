import CSodium
import Crypto
import X509

extension SecretBytes {
  /// The private key in a PEM text; nil where it is none.
  ///
  /// One on P-256 goes from this memory to the library that signs with it, which wipes its own copy in the end, and nowhere else. Of
  /// any other kind, as an imported one may be, the certificate library reads a text, which is not wiped.
  func privateKey() -> Certificate.PrivateKey? {
    if let key = p256Key() { return Certificate.PrivateKey(key) }
    return try? Certificate.PrivateKey(pemEncoded: withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
  }

  /// The key of a PEM text in the one form in which all the usual tools write keys on P-256 (PKCS #8, RFC 5958 §2, with the public key
  /// of RFC 5915 §3); nil for any other.
  func p256Key() -> P256.Signing.PrivateKey? {
    guard let der = try? SecretBytes(base64After: Self.head, in: self, count: Self.derCount) else { return nil }
    return der.withUnsafeBytes { der in
      guard der.starts(with: Self.beforeScalar) else { return nil }
      let scalar = UnsafeRawBufferPointer(rebasing: der.dropFirst(Self.beforeScalar.count).prefix(32))
      guard let key = try? P256.Signing.PrivateKey(rawRepresentation: scalar),
        key.publicKey.x963Representation.elementsEqual(der.suffix(65))
      else { return nil }
      return key
    }
  }

  /// Makes a key on P-256 and its PEM text, as ``p256Key()`` reads it, in this memory alone.
  /// - Throws: ``IdentityError`` when no locked memory is to be had.
  static func makeP256Key() throws(IdentityError) -> (key: P256.Signing.PrivateKey, text: SecretBytes) {
    // One of four billion is no scalar of the curve (FIPS 186-5, A.2.2).
    for _ in 0..<16 {
      let scalar = try SecretBytes(count: 32) { randombytes_buf($0, 32) }
      guard let key = scalar.withUnsafeBytes({ try? P256.Signing.PrivateKey(rawRepresentation: $0) }) else { continue }
      let point = key.publicKey.x963Representation
      let der = try SecretBytes(
        joining: beforeScalar, scalar, [0xA1, 0x44, 0x03, 0x42, 0x00], try SecretBytes(Array(point)))
      return (key, try der.text())
    }
    throw IdentityError(.internalFault, "no key could be made: the system's random numbers are not to be relied on")
  }

  private convenience init(
    joining first: [UInt8], _ second: SecretBytes, _ third: [UInt8], _ fourth: SecretBytes
  ) throws(IdentityError) {
    try self.init(count: first.count + second.count + third.count + fourth.count) { memory in
      memory.update(from: first, count: first.count)
      second.withPointer { (memory + first.count).update(from: $0, count: second.count) }
      (memory + first.count + second.count).update(from: third, count: third.count)
      let rest = memory + first.count + second.count + third.count
      fourth.withPointer { rest.update(from: $0, count: fourth.count) }
    }
  }

  /// These bytes as the PEM text of a private key (RFC 7468 §10), in lines of 64 characters.
  private func text() throws(IdentityError) -> SecretBytes {
    let variant = Int32(sodium_base64_VARIANT_ORIGINAL)
    let room = sodium_base64_encoded_len(count, variant)
    let digits = try SecretBytes(count: room) { memory in
      withPointer {
        _ = sodium_bin2base64(
          UnsafeMutableRawPointer(memory).assumingMemoryBound(to: CChar.self), room, $0, count, variant)
      }
    }
    // What ends the text of C does not count.
    let characters = room - 1
    let lines = (characters + 63) / 64
    return try SecretBytes(count: Self.head.count + characters + lines + Self.foot.count) { memory in
      memory.update(from: Self.head, count: Self.head.count)
      var place = memory + Self.head.count
      digits.withPointer { digits in
        for start in stride(from: 0, to: characters, by: 64) {
          let length = min(64, characters - start)
          place.update(from: digits + start, count: length)
          place[length] = UInt8(ascii: "\n")
          place += length + 1
        }
      }
      place.update(from: Self.foot, count: Self.foot.count)
    }
  }

  private static let head = Array("-----BEGIN PRIVATE KEY-----\n".utf8)
  private static let foot = Array("-----END PRIVATE KEY-----".utf8)
  private static let derCount = 138
  private static let beforeScalar: [UInt8] = [
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
    0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04, 0x6D, 0x30, 0x6B, 0x02, 0x01, 0x01, 0x04, 0x20,
  ]

  /// What base64 behind a head says, up to the first character that is none.
  /// - Throws: ``IdentityError`` where there is another head, or another number of bytes.
  private convenience init(base64After head: [UInt8], in text: SecretBytes, count: Int) throws(IdentityError) {
    try self.init(count: count) { memory throws(IdentityError) in
      let isRead = text.withUnsafeBytes { text in
        guard text.starts(with: head), let start = text.baseAddress?.advanced(by: head.count) else { return false }
        var found = 0
        var end: UnsafePointer<CChar>?
        let status = sodium_base642bin(
          memory, count, start.assumingMemoryBound(to: CChar.self), text.count - head.count, "\r\n", &found, &end,
          sodium_base64_VARIANT_ORIGINAL)
        return status == 0 && found == count
      }
      guard isRead else { throw IdentityError(.badInput, "no PEM text of \(count) bytes") }
    }
  }
}
