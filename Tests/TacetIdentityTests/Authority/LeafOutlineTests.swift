import Foundation
import TacetLog
import Testing

@testable import TacetIdentity

/// What is seen of a line at a glance is what reading it tells.
@Suite struct LeafOutlineTests {
  private static let serial = "4d1f0c00112233445566778899aabbccddeeff07"

  private func leaf(
    fingerprint: Int = 64, serial: String = serial, profile: String? = nil, token: String? = nil
  ) -> AuthorityEntry.Leaf {
    .init(
      fingerprint: String(repeating: "a", count: fingerprint), id: "spiffe://mesh.example/camera/a",
      issuer: String(repeating: "b", count: 40), notBefore: 1, notAfter: 2, serial: serial,
      profile: profile, token: token)
  }

  private func line(_ content: AuthorityEntry.Content, index: UInt64 = 7) -> ArraySlice<UInt8> {
    // Not at the beginning of what it is a part of.
    ([0x7B, 0x0A] + AuthorityEntry(index: index, time: 1_800_000_000, content: content).canonicalBytes)[2...]
  }

  @Test func certificates() throws {
    let contents: [AuthorityEntry.Content] = [
      .issue(leaf()), .renew(leaf(), renews: String(repeating: "9", count: 40)),
      .issue(leaf(profile: "camera", token: "AAECAwQFBgcICQoLDA0ODw")),
    ]
    for content in contents {
      for index in [UInt64(0), 12_345_678_901] {
        let outline = try #require(LeafOutline(line: line(content, index: index)))
        #expect(outline.serial == SerialNumber(hexadecimal: Self.serial))
        #expect(outline.hasID(Array("spiffe://mesh.example/camera/a\"".utf8)))
        for other in [
          "spiffe://mesh.example/camera/ab\"", "spiffe://mesh.example/camera/\"", "spiffe://mesh.example/camera/b\"",
        ] {
          #expect(!outline.hasID(Array(other.utf8)))
        }
      }
    }
  }

  /// Lines of another form are left to be read.
  @Test func others() throws {
    let signer = AuthorityEntry.Signer(
      fingerprint: String(repeating: "a", count: 64), key: "aa", level: .root, notBefore: 1, notAfter: 2,
      serial: Self.serial)
    let contents: [AuthorityEntry.Content] = [
      .install(signer), .rotate(signer),
      .revoke(serial: Self.serial, id: "spiffe://mesh.example/camera/a", reason: "x"),
      .list(issuer: "aa", entries: 1, nextUpdate: 2), .issue(leaf(fingerprint: 63)), .issue(leaf(serial: "01")),
      .issue(leaf(serial: String(repeating: "g", count: 40))),
    ]
    for content in contents { #expect(LeafOutline(line: line(content)) == nil, "\(content)") }
    let whole = line(.issue(leaf()))
    for count in 0..<whole.count {
      #expect(LeafOutline(line: whole.prefix(count)) == nil)
      #expect(LeafOutline(line: whole.suffix(count)) == nil)
    }
    #expect(LeafOutline(line: try LogSeal(MerkleTree(), signer: NoteSigner(name: "x")).line[...]) == nil)
  }

  @Test func serialNumbers() throws {
    for _ in 0..<200 {
      let octets = (0..<Int.random(in: 1...20)).map { _ in UInt8.random(in: 0...255) }
      let number = try #require(SerialNumber(octets: octets))
      #expect(SerialNumber(hexadecimal: Hexadecimal.text(octets)) == number)
      #expect(SerialNumber(hexadecimal: Hexadecimal.text(octets).uppercased()) == number)
    }
  }
}
