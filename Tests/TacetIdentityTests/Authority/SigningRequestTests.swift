import Foundation
import Testing

@testable import TacetIdentity

/// The key of a request, as it goes into the certificate.
@Suite struct SigningRequestTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func request(_ key: [String]) throws -> Data {
    try OpenSSL.run(key + ["-out", "key.pem"], in: folder.url)
    try OpenSSL.run(["req", "-new", "-key", "key.pem", "-subj", "/", "-out", "r.csr"], in: folder.url)
    return try Data(contentsOf: folder.file("r.csr"))
  }

  /// However the request has it, it is what the key itself is written as.
  @Test(
    .enabled(if: OpenSSL.isInstalled),
    arguments: [
      ["ecparam", "-name", "prime256v1", "-genkey", "-noout"], ["ecparam", "-name", "secp384r1", "-genkey", "-noout"],
      ["genpkey", "-algorithm", "ed25519"], ["genpkey", "-algorithm", "RSA"],
    ])
  func keyIsThatOfTheRequest(key: [String]) throws {
    for _ in 0..<5 {
      let request = try SigningRequest(pem: try request(key))
      #expect(try request.keyInfo == request.key.der())
      try OpenSSL.run(["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "key.der"], in: folder.url)
      #expect(Data(request.keyInfo) == (try Data(contentsOf: folder.file("key.der"))))
    }
  }

  /// A point may be written in other ways, which are not taken over.
  @Test(.enabled(if: OpenSSL.isInstalled), arguments: ["compressed", "hybrid"])
  func otherSpellingsOfAPoint(form: String) throws {
    let asked = try request(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-conv_form", form])
    guard let request = try? SigningRequest(pem: asked) else { return }
    #expect(try request.keyInfo == request.key.der())
  }
}
