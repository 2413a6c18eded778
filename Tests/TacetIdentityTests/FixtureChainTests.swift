import Foundation
import IdentityFixtures
import Testing

@testable import TacetIdentity

/// One bad chain for each rule: refused, and for that rule.
@Suite(.serialized) struct FixtureChainTests {
  private static let fixtures = try? IdentityFixtures.load()

  @Test(arguments: try IdentityFixtures.load().cases) func chain(_ example: IdentityFixtures.Case) async throws {
    let fixtures = try #require(Self.fixtures)
    guard example.rule != "bad_input" else {
      #expect(throws: IdentityError.self) { try RevocationList.lists(contentsOf: #require(example.listFile)) }
      return
    }
    let lists = try example.listFile.map { try RevocationList.lists(contentsOf: $0) }
    let verifier = try ChainVerifier(
      roots: CertificateFile.trusted(example.rootsFile), trustDomain: TrustDomain(fixtures.trustDomain),
      revocations: lists.map { RevocationRegister(lists: $0, requirement: .leaf) })
    let rejection: ChainRejection?
    switch try CertificateFile.presented(example.chainFile) {
    case .failure(let refused): rejection = refused
    case .success(let chain):
      let verdict = try await verifier.verify(presented: chain, at: fixtures.date())
      rejection = verdict.rejection
      if example.rule == nil { #expect(verdict.peer?.id.description == fixtures.spiffeId) }
    }
    #expect(rejection?.rule == example.rule, "\(rejection?.description ?? "accepted")")
  }

  /// Every rule has a chain that breaks it, or a reason why none is there.
  @Test func everyRule() throws {
    let fixtures = try #require(Self.fixtures)
    let broken = Set(fixtures.cases.compactMap(\.rule))
    let source = try String(
      contentsOf: IdentityFixtures.folder.appendingPathComponent(
        "../../Sources/TacetIdentity/Verification/ChainRejection+Rule.swift"), encoding: .utf8)
    let rules = Set(source.matches(of: /: "([a-z_]+)"/).map { String($0.1) })
    let elsewhere: Set = [
      // No certificate at all, and a peer that is not the expected one: ChainVerifierTests.
      "nothing_presented", "unexpected_peer",
      // The library's own last word, after all of ours: nothing reaches it that we know of.
      "constraints",
      // More paths than are looked at, all bad: PathSearch bounds them, ChainVerifierTests.
      "too_many_paths",
      // A version 1 certificate is malformed before it is a signer, but for a root: ChainVerifierTests.
      "signer_of_old_version",
      // What cannot be read is bad input, not a verdict: RevocationListTests; another issuer's list is as none.
      "revocation_list_too_large", "revocation_list_malformed", "revocation_list_unknown_critical_extension",
      "revocation_list_partial", "revocation_list_weak_algorithm", "revocation_list_of_other_issuer",
      // What a log and a responder say is beside the chain: RenewalTests, DeskAnswersTests.
      "not_logged", "not_logged_unavailable", "not_logged_unproven", "not_logged_other_entry", "ocsp_unknown",
    ]
    #expect(rules.subtracting(broken) == elsewhere)
    #expect(broken.subtracting(rules) == ["bad_input"])
  }
}
