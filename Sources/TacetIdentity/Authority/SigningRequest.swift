import Crypto
public import Foundation
import SwiftASN1
import X509

/// A request for a certificate (PKCS #10) whose sender has shown to have the key, and asks for nothing that cannot be granted.
public struct SigningRequest: Sendable {
  /// The longest request that is read, in bytes.
  public static let mostBytes = 64 << 10

  let key: Certificate.PublicKey
  /// The key in DER (SubjectPublicKeyInfo).
  let keyInfo: [UInt8]
  private let request: CertificateSigningRequest
  private let extensions: Certificate.Extensions

  /// Reads a request and checks its own signature.
  /// - Parameter pem: PEM.
  /// - Throws: ``IdentityError`` when it is malformed, its key or signature is weak, or it is not signed by its key.
  public init(pem: Data) throws(IdentityError) {
    guard pem.count <= Self.mostBytes else {
      throw IdentityError(.badInput, "a request has at most \(Self.mostBytes) bytes")
    }
    guard let document = try? PEMDocument(pemString: String(decoding: pem, as: UTF8.self)),
      ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(document.discriminator)
    else { throw IdentityError(.badInput, "not a PEM file of one certificate request") }
    let written: ASN1Node
    do {
      written = try DER.parse(document.derBytes)
      request = try CertificateSigningRequest(derEncoded: written)
    } catch is ASN1Error {
      throw IdentityError(.badInput, "not DER of a certificate request")
    } catch {
      throw IdentityError(
        .badInput,
        "the request's key is too weak, or of an unknown kind; good are P-256, P-384, Ed25519, RSA from 2048 bits")
    }
    key = request.publicKey
    if let usual = Self.p256KeyInfo(in: written) {
      keyInfo = usual
    } else {
      keyInfo = try key.der()
    }
    extensions = try Self.extensions(of: request)
    guard request.version == .v1 else { throw IdentityError(.badInput, "a certificate request is of version 1") }
    try checkPossession()
  }

  /// How a P-256 key begins in DER (RFC 5480 §2): algorithm, curve, and 65 bytes of an uncompressed point.
  private static let p256Start: [UInt8] =
    [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    + [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04]

  /// The key as the request, which has been read, has it, where it is one of P-256: its point has no other spelling than this, so
  /// that it need not be written anew. Nil for others.
  private static func p256KeyInfo(in request: ASN1Node) -> [UInt8]? {
    guard case .constructed(let parts) = request.content, let info = parts.first(where: { _ in true }),
      case .constructed(let fields) = info.content
    else { return nil }
    // Version and subject come before it.
    let key = fields.dropFirst(2).first { _ in true }?.encodedBytes ?? []
    return key.count == p256Start.count + 64 && key.starts(with: p256Start) ? Array(key) : nil
  }

  /// Who sends the request has the key.
  private func checkPossession() throws(IdentityError) {
    guard LeafProfile.kind(of: key) != nil else {
      throw IdentityError(
        .badInput,
        "the request's key is too weak, or of an unknown kind; good are P-256, P-384, Ed25519, RSA from 2048 bits")
    }
    guard SignatureScheme.allCases.contains(where: { $0.algorithm == request.signatureAlgorithm }) else {
      throw IdentityError(.badInput, "the request is signed with a weak algorithm: make it anew with SHA-256")
    }
    guard key.isValidSignature(request.signature, for: request) else {
      throw IdentityError(
        .notPermitted, "the request is not signed by its own key: whoever sent it has not shown to have that key")
    }
  }

  private static func extensions(of request: CertificateSigningRequest) throws(IdentityError) -> Certificate.Extensions
  {
    let requests = request.attributes.filter { $0.oid == extensionRequest }
    if let other = request.attributes.first(where: { $0.oid != extensionRequest }) {
      throw IdentityError(.badInput, "the request has an attribute that is not granted: \(other.oid)")
    }
    guard requests.count <= 1 else { throw IdentityError(.badInput, "the request asks for extensions twice") }
    guard let first = requests.first else { return Certificate.Extensions() }
    guard let asked = try? ExtensionRequest(first) else {
      throw IdentityError(.badInput, "the extensions that the request asks for cannot be read")
    }
    let oids = asked.extensions.map(\.oid)
    guard Set(oids).count == oids.count else {
      throw IdentityError(.badInput, "the request asks for an extension twice")
    }
    return asked.extensions
  }

  private static let extensionRequest: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 14]

  // MARK: What it asks for

  /// Checks that the request asks for nothing beyond what it is to get.
  /// - Returns: what it asks for that is left out, harmlessly: a subject that says the same as the ID.
  /// - Throws: ``IdentityError``: not permitted, naming what is not granted.
  func check(
    against granted: LeafRequest, profile: LeafProfile
  ) throws(IdentityError) -> [String] {
    for item in extensions {
      switch item.oid {
      case .X509ExtensionID.basicConstraints: try checkConstraints()
      case .X509ExtensionID.keyUsage: try checkUsage()
      case .X509ExtensionID.extendedKeyUsage: try checkExtendedUsage(profile)
      case .X509ExtensionID.subjectAlternativeName: try checkNames(granted)
      case .X509ExtensionID.subjectKeyIdentifier: try checkIdentifier()
      default: throw Self.refused("the extension \(item.oid)")
      }
    }
    return try checkSubject(granted.id)
  }

  private func checkSubject(_ id: SPIFFEID) throws(IdentityError) -> [String] {
    guard !request.subject.isEmpty else { return [] }
    let text = request.subject.description
    let harmless = [id.description, id.path, id.name].map { "CN=\($0)" }
    guard harmless.contains(text) else {
      // Without line breaks: it goes into logs.
      let shown = String(text.prefix(200)).debugDescription
      throw Self.refused("the subject \(shown): an SVID has none; leave it empty, or CN=\(id.name)")
    }
    return ["subject \(text)"]
  }

  private func checkConstraints() throws(IdentityError) {
    guard case .notCertificateAuthority? = try? extensions.basicConstraints else {
      throw Self.refused("to be a certificate authority")
    }
  }

  private func checkUsage() throws(IdentityError) {
    guard let usage = try? extensions.keyUsage, usage == KeyUsage(digitalSignature: true) else {
      throw Self.refused("a key usage other than digitalSignature")
    }
  }

  private func checkExtendedUsage(_ profile: LeafProfile) throws(IdentityError) {
    let usages = (try? extensions.extendedKeyUsage).map { Array($0) } ?? []
    let granted: [ExtendedKeyUsage.Usage] = profile.statesExtendedKeyUsage ? [.serverAuth, .clientAuth] : []
    guard !usages.isEmpty, usages.allSatisfy(granted.contains) else {
      throw Self.refused("an extended key usage other than that of clients and servers")
    }
  }

  private func checkIdentifier() throws(IdentityError) {
    let own = SubjectKeyIdentifier(hash: key).keyIdentifier
    guard let asked = try? extensions.subjectKeyIdentifier?.keyIdentifier, asked.elementsEqual(own) else {
      throw Self.refused("a key identifier that is not the hash of its key")
    }
  }

  private func checkNames(_ granted: LeafRequest) throws(IdentityError) {
    guard let asked = try? extensions.subjectAlternativeNames else { throw Self.refused("names that cannot be read") }
    let names = try CertificateProfile.names(
      granted.id, dnsNames: granted.dnsNames, ipAddresses: granted.ipAddresses)
    for name in asked where !names.contains(name) {
      throw Self.refused("the name \(name): the ID is \(granted.id), further names are given with --dns and --ip")
    }
  }

  private static func refused(_ what: String) -> IdentityError {
    IdentityError(.notPermitted, "the request asks for what is not granted, \(what)")
  }
}

extension CertificateAuthority {
  /// A certificate for somebody else's key.
  public struct SignedRequest: Sendable {
    /// Whose it is.
    public let id: SPIFFEID
    /// The serial number, in lower-case hexadecimal.
    public let serial: String
    /// When it expires.
    public let notAfter: Date
    /// The chain: DER, leaf first, without the root.
    public let chain: [[UInt8]]
    /// What was asked for and left out, since the ID says the same.
    public let leftOut: [String]

    /// The chain as a PEM file has it.
    public var pem: String { PEMFile.text(chain) }
  }

  /// Issues an SVID for the key of a request.
  ///
  /// It is entered in the authority's log, durably, before it is returned. Nothing is granted because the request asks for it; what
  /// it asks for beyond the ID, the names and the profile is refused.
  /// - Throws: ``IdentityError``: not permitted where it asks for more than it is to get.
  public func sign(
    _ request: SigningRequest, as id: SPIFFEID, lifetime: Duration? = nil, dnsNames: [String] = [],
    ipAddresses: [String] = [], profile: LeafProfile = .standard, at date: Date = Date()
  ) throws(IdentityError) -> SignedRequest {
    let granted = LeafRequest(
      id: id, key: request.key, keyInfo: request.keyInfo, lifetime: lifetime, dnsNames: dnsNames,
      ipAddresses: ipAddresses)
    let leftOut = try request.check(against: granted, profile: profile)
    guard request.key != issuer.key.publicKey else {
      throw IdentityError(.notPermitted, "the request is for the authority's own key")
    }
    guard let leaf = try certify([granted], profile: profile, at: date).first else {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
    return SignedRequest(
      id: id, serial: leaf.serial, notAfter: leaf.notAfter, chain: leaf.chain, leftOut: leftOut)
  }
}
