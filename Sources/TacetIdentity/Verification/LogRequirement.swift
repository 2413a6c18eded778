import Crypto
public import TacetLog

/// The demand that a leaf's issuance is in the authority's log: a certificate that was signed with a stolen key is not.
public struct LogRequirement: Sendable {
  /// The log's public key.
  public let key: NoteVerifier
  let proof: @Sendable (_ fingerprint: [UInt8]) async throws -> InclusionProof?

  /// - Parameters:
  ///   - key: the log's public key.
  ///   - proof: finds the proof for the certificate with this SHA-256 (32 bytes), in a file, a cache, or at the authority; nil where
  ///     there is none. Nothing of it is believed until it is checked.
  public init(
    key: NoteVerifier, proof: @escaping @Sendable (_ fingerprint: [UInt8]) async throws -> InclusionProof?
  ) {
    self.key = key
    self.proof = proof
  }

  /// Checks that the issuance of a leaf is in the log: this certificate, to this ID, of this serial number.
  /// - Parameter leaf: DER.
  /// - Throws: ``ChainRejection``; whatever goes wrong, the leaf does not count as logged.
  func check(_ leaf: [UInt8], of peer: PeerIdentity) async throws(ChainRejection) {
    let found: InclusionProof?
    do {
      found = try await proof(Array(SHA256.hash(data: leaf)))
    } catch {
      throw .notLogged(.unavailable(reason: "\(error)"))
    }
    guard let found else { throw .notLogged(.noProof) }
    let entry: AuthorityEntry
    do throws(IdentityError) {
      entry = try found.verify(key: key)
    } catch {
      throw .notLogged(.unproven(reason: error.description))
    }
    guard let logged = entry.leaf, logged.fingerprint == Fingerprint.of(leaf), logged.id == peer.id.description,
      SerialNumber(hexadecimal: logged.serial) == SerialNumber(hexadecimal: peer.serial)
    else { throw .notLogged(.otherEntry) }
  }
}

/// Why a leaf does not count as logged.
public enum LogFlaw: Hashable, Sendable, CustomStringConvertible {
  /// There is no proof for it.
  case noProof
  /// Whether there is one could not be found out.
  case unavailable(reason: String)
  /// The proof does not hold against the log's key.
  case unproven(reason: String)
  /// The proof is of something else than the issuance of this certificate.
  case otherEntry

  /// One line.
  public var description: String {
    switch self {
    case .noProof: "there is no proof"
    case .unavailable(let reason): "the proof is not to be had: \(reason)"
    case .unproven(let reason): reason
    case .otherEntry: "the proof is of something else"
    }
  }
}
