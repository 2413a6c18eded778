public import TacetLog

extension InclusionProof {
  /// Reads a proof; nothing of it is believed yet.
  /// - Throws: ``IdentityError`` when it is not of the form.
  public init(_ text: String) throws(IdentityError) {
    do throws(InclusionProofError) {
      try self.init(parsing: text)
    } catch {
      throw IdentityError(.badInput, "\(error)")
    }
  }

  /// Checks the proof against the log's key; returns the entry that is in the log.
  /// - Throws: ``IdentityError``: not permitted where it proves nothing.
  public func verify(key: NoteVerifier) throws(IdentityError) -> AuthorityEntry {
    let leaf: [UInt8]
    do throws(InclusionProofError) {
      leaf = try verifiedLeaf(key: key)
    } catch {
      throw IdentityError(.notPermitted, "\(error)")
    }
    guard let entry = AuthorityEntry(canonicalBytes: leaf[...]), entry.index == index else {
      throw IdentityError(.notPermitted, "the proof of inclusion is of something that is no entry of an authority")
    }
    return entry
  }

  /// Checks that the proof is of the issuance of this certificate.
  /// - Throws: ``IdentityError``: not permitted where it is not.
  public func verify(key: NoteVerifier, certificate der: [UInt8]) throws(IdentityError) -> AuthorityEntry {
    let entry = try verify(key: key)
    guard entry.leaf?.fingerprint == Fingerprint.of(der) else {
      throw IdentityError(.notPermitted, "the proof of inclusion is of another certificate")
    }
    return entry
  }
}
