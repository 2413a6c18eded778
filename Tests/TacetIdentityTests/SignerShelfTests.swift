import Foundation
import Testing
import X509

@testable import TacetIdentity

/// Lists of signers, each kept once and a bounded number of them.
@Suite struct SignerShelfTests {
  private static func lists(_ count: Int) throws -> [[Certificate]] {
    let domain = try TrustDomain("mesh.example")
    return try (0..<count).map { _ in [try CertificateProfile.makeRoot(trustDomain: domain, at: Date()).certificate] }
  }

  private func address(_ list: [Certificate]) -> UnsafeRawPointer? {
    list.withUnsafeBytes { $0.baseAddress }
  }

  @Test func theSameListIsShared() throws {
    let shelf = SignerShelf()
    let lists = try Self.lists(2)
    for list in lists {
      let first = shelf.shared(list)
      let copy = Array(list.map { $0 })
      #expect(address(copy) != address(first))
      #expect(address(shelf.shared(copy)) == address(first))
      #expect(shelf.shared(copy) == list)
    }
    #expect(address(shelf.shared(lists[0])) != address(shelf.shared(lists[1])))
  }

  /// What is beyond the limit is returned as it is, and takes nothing.
  @Test func aBoundedNumberIsKept() throws {
    let shelf = SignerShelf()
    let lists = try Self.lists(65)
    for list in lists { #expect(shelf.shared(list) == list) }
    let copies = lists.map { Array($0.map { $0 }) }
    #expect(address(shelf.shared(copies[63])) == address(lists[63]))
    #expect(address(shelf.shared(copies[64])) == address(copies[64]))
  }
}
