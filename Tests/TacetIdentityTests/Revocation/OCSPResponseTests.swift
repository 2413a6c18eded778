import Foundation
import Testing

@testable import TacetIdentity

/// OCSP responses made by `openssl ocsp`.
@Suite(.serialized, .enabled(if: OpenSSL.isInstalled)) struct OCSPResponseTests {
  private let workshop: CertificateWorkshop
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    workshop = try CertificateWorkshop()
    for name in ["leaf", "other"] { try workshop.make(name, CertificateWorkshop.leaf(), by: "intermediate") }
    try workshop.make("responder", "keyUsage=digitalSignature\nextendedKeyUsage=OCSPSigning", by: "intermediate")
    try workshop.make("pretender", "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth", by: "intermediate")
    try workshop.make("mute", "keyUsage=keyAgreement\nextendedKeyUsage=OCSPSigning", by: "intermediate")
    try workshop.make("stranger", "keyUsage=digitalSignature\nextendedKeyUsage=OCSPSigning", by: "root")
  }

  /// A response about the leaf; `record` is its line in the index: V for valid, R for revoked, or nothing.
  private func response(
    _ record: String, signer: String = "intermediate", about name: String = "leaf", further: [String] = ["-ndays", "2"]
  ) throws -> [UInt8] {
    let certificate = workshop.file("\(name).crt").path
    let serial = try OpenSSL.run(["x509", "-in", certificate, "-noout", "-serial"])
      .trimmingCharacters(in: .whitespacesAndNewlines).replacing("serial=", with: "")
    let revoked = record == "R" ? "260101000000Z,keyCompromise" : ""
    try folder.write(
      record.isEmpty ? "" : "\(record)\t351231235959Z\t\(revoked)\t\(serial)\tunknown\t/CN=leaf\n", to: "index")
    let issuer = workshop.file("intermediate.crt").path
    try OpenSSL.run(
      ["ocsp", "-issuer", issuer, "-cert", certificate, "-no_nonce", "-reqout", "request"], in: folder.url)
    try OpenSSL.run(
      [
        "ocsp", "-index", "index", "-CA", issuer, "-rsigner", workshop.file("\(signer).crt").path, "-rkey",
        workshop.file("\(signer).key").path, "-reqin", "request", "-respout", "response",
      ] + further, in: folder.url)
    return Array(try Data(contentsOf: folder.file("response")))
  }

  private func status(
    _ der: [UInt8], of name: String = "leaf", at date: Date = Date() + 1, grace: Duration = .zero
  ) throws -> OCSPResponse.Status {
    try OCSPResponse(der: der).status(
      of: workshop.der(name), issuedBy: workshop.der("intermediate"), at: date, grace: grace)
  }

  @Test(arguments: ["intermediate", "responder"]) func statuses(signer: String) throws {
    #expect(try status(response("V", signer: signer)) == .good)
    #expect(try status(response("", signer: signer)) == .unknown)
    #expect(
      try status(response("R", signer: signer))
        == .revoked(since: Date(timeIntervalSince1970: 1_767_225_600), reason: .keyCompromise))
  }

  /// A certificate of the authority that is for something else, or whose key may not sign, one of another authority, and a key alone.
  @Test(arguments: ["pretender", "mute", "stranger", "leaf"]) func notTheResponder(signer: String) throws {
    #expect(throws: OCSPFlaw.forged) { try status(response("V", signer: signer)) }
  }

  @Test func ofAnotherCertificate() throws {
    let der = try response("V")
    #expect(throws: OCSPFlaw.otherCertificate) { try status(der, of: "other") }
    #expect(throws: OCSPFlaw.otherCertificate) {
      try OCSPResponse(der: der).status(of: workshop.der("leaf"), issuedBy: workshop.der("root"), at: Date() + 1)
    }
  }

  @Test func times() throws {
    let der = try response("V")
    let later = Date() + 3 * 86400
    #expect { try status(der, at: Date() - 3600) } throws: {
      if case .notYetIssued? = $0 as? OCSPFlaw { true } else { false }
    }
    #expect { try status(der, at: later) } throws: { if case .stale? = $0 as? OCSPFlaw { true } else { false } }
    #expect(try status(der, at: later, grace: .seconds(2 * 86400)) == .good)
    // Without a time for the next one it would count for ever.
    #expect(throws: OCSPFlaw.malformed) { try status(response("V", further: [])) }
  }

  /// The delegate's own time counts too.
  @Test func responderExpired() throws {
    let der = try response("V", signer: "responder", further: ["-ndays", "90"])
    #expect(try status(der) == .good)
    #expect(throws: OCSPFlaw.forged) { try status(der, at: Date() + 60 * 86400) }
  }

  @Test func noAnswer() {
    #expect(throws: OCSPFlaw.unsuccessful(status: 6)) { try OCSPResponse(der: [0x30, 3, 0x0A, 1, 6]) }
    #expect(throws: OCSPFlaw.tooLarge(bytes: 1 << 17, limit: 1 << 16)) {
      try OCSPResponse(der: [UInt8](repeating: 0x30, count: 1 << 17))
    }
  }

  /// No changed byte of what is signed is accepted, none crashes.
  @Test func everyByteCounts() throws {
    let der = try response("V", signer: "intermediate", further: ["-ndays", "2", "-resp_no_certs"])
    #expect(try status(der) == .good)
    for index in der.indices {
      var changed = der
      changed[index] ^= 0x01
      #expect(throws: OCSPFlaw.self, "byte \(index)") { try status(changed) }
      #expect(throws: OCSPFlaw.self) { try OCSPResponse(der: Array(der.prefix(index))) }
    }
  }
}
