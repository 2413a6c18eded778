import Foundation
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Finds a path from a leaf to a root and judges it: signatures, signers, lengths, names, revocation. What kind of leaf it is, and
/// whose, is for who asks.
struct PathValidator: Sendable {
  let roots: [Certificate]
  /// Whose names the signers may bear; nil where names are not judged.
  let trustDomain: TrustDomain?
  let revocations: RevocationRegister?

  /// A valid path from a leaf to a root: leaf first, root last.
  ///
  /// A certificate that breaks a rule by itself is not gone through; its rejection is the answer where no path is found without it.
  /// - Parameters:
  ///   - leaf: looked at by ``CertificateRules``.
  ///   - others: what was presented besides, DER.
  ///   - date: the time to judge by.
  func path(
    from leaf: Certificate, through others: some Collection<[UInt8]>, at date: Date
  ) async throws(ChainRejection) -> [Certificate] {
    var candidates = [leaf]
    var unfit: ChainRejection?
    for (index, der) in others.enumerated() {
      do throws(ChainRejection) {
        let certificate = try CertificateRules.check(der, position: index + 1, at: date)
        if !roots.contains(certificate) { candidates.append(certificate) }
      } catch {
        unfit = unfit ?? error
      }
    }
    do throws(ChainRejection) {
      return try await path(among: candidates, at: date)
    } catch {
      guard case .untrusted = error, let unfit else { throw error }
      throw unfit
    }
  }

  private func path(among candidates: [Certificate], at date: Date) async throws(ChainRejection) -> [Certificate] {
    var search = PathSearch(presented: candidates, roots: roots) {
      SigningCertificateRules.flaw(of: $0, in: trustDomain)
    }
    var rejection: ChainRejection?
    for path in search.paths() {
      do throws(ChainRejection) {
        try await check(path, at: date)
        return path
      } catch {
        rejection = rejection ?? error
      }
    }
    throw rejection ?? search.flaw.map(ChainRejection.signer) ?? (search.isExhausted ? .tooManyPaths : .untrusted)
  }

  /// Judges one path whose signatures hold; the library sees its certificates alone, each of another signer, so that there is
  /// nothing to search in them.
  private func check(_ path: [Certificate], at date: Date) async throws(ChainRejection) {
    try PathRules.check(path, at: date)
    guard let leaf = path.first, let root = path.last else { throw .untrusted }
    var verifier = Verifier(rootCertificates: CertificateStore([root])) {
      RFC5280Policy(fixedExpiryValidationTime: date)
      SigningCertificateRules(trustDomain: trustDomain)
    }
    guard
      case .validCertificate = await verifier.validate(
        leaf: leaf, intermediates: CertificateStore(path.dropFirst().dropLast()))
    else { throw hasNameConstraints(path) ? .nameConstraints : .constraints }
    try revocations?.check(path, at: date)
  }

  /// Time, lengths and signers have been judged before: what the library still finds in a path with name constraints is those.
  private func hasNameConstraints(_ path: [Certificate]) -> Bool {
    path.contains { $0.extensions[oid: .X509ExtensionID.nameConstraints] != nil }
  }
}
