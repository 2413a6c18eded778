import Foundation
import SwiftASN1

/// Certificates made by `openssl`, good and bad: a root and an intermediate to begin with.
struct CertificateWorkshop {
  /// A kind of key, as arguments of `openssl genpkey`.
  enum Key: String {
    case p256 = "EC -pkeyopt ec_paramgen_curve:P-256"
    case p384 = "EC -pkeyopt ec_paramgen_curve:P-384"
    case p521 = "EC -pkeyopt ec_paramgen_curve:P-521"
    case secp256k1 = "EC -pkeyopt ec_paramgen_curve:secp256k1"
    case ed25519 = "ED25519"
    case rsa1024 = "RSA -pkeyopt rsa_keygen_bits:1024"
    case rsa2052 = "RSA -pkeyopt rsa_keygen_bits:2052"
    case rsa2048 = "RSA -pkeyopt rsa_keygen_bits:2048"
  }

  static let authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
  static let issuing = """
    basicConstraints=critical,CA:TRUE,pathlen:0
    keyUsage=critical,keyCertSign,cRLSign
    nameConstraints=critical,permitted;URI:mesh.example
    """

  /// The extensions of a good leaf; a line begins with the name of the extension.
  static func leaf(
    constraints: String? = "critical,CA:FALSE", usage: String? = "critical,digitalSignature",
    extended: String? = "serverAuth,clientAuth", names: String? = "critical,URI:spiffe://mesh.example/camera/site-1",
    further: String? = nil
  ) -> String {
    let lines = [
      constraints.map { "basicConstraints=\($0)" }, usage.map { "keyUsage=\($0)" },
      extended.map { "extendedKeyUsage=\($0)" }, names.map { "subjectAltName=\($0)" }, further,
    ]
    return lines.compactMap { $0 }.joined(separator: "\n")
  }

  private let folder: TemporaryFolder

  init(key: Key = .p256, rootDays: Int = 100) throws {
    folder = try TemporaryFolder()
    try make("root", Self.authority, key: key, days: rootDays)
    try make("intermediate", Self.issuing, by: "root", key: key)
  }

  /// Makes a certificate, with a key of its own; signed by itself where no signer is named.
  @discardableResult
  func make(
    _ name: String, _ extensions: String?, by signer: String? = nil, key: Key = .p256, digest: String = "-sha256",
    days: Int = 30
  ) throws -> [UInt8] {
    let algorithm = key.rawValue.split(separator: " ").map(String.init)
    try run(["genpkey", "-algorithm"] + algorithm + ["-out", "\(name).key"])
    // Its own section, so that the configuration of the machine adds nothing.
    try folder.write("[req]\ndistinguished_name=dn\n[dn]\n[ext]\n\(extensions ?? "")\n", to: "\(name).cnf")
    let request = ["req", "-new", "-config", "\(name).cnf", "-key", "\(name).key", "-subj", "/O=Test/CN=\(name)"]
    let algorithmOfDigest = key == .ed25519 && signer == nil ? [] : [digest]
    if let signer {
      try run(request + ["-out", "\(name).csr"])
      try run(
        ["x509", "-req", "-in", "\(name).csr", "-CA", "\(signer).crt", "-CAkey", "\(signer).key", "-CAcreateserial"]
          + ["-days", "\(days)", "-out", "\(name).crt"] + algorithmOfDigest
          + (extensions == nil ? [] : ["-extfile", "\(name).cnf", "-extensions", "ext"]))
    } else {
      try run(
        request + ["-x509", "-days", "\(days)", "-extensions", "ext", "-out", "\(name).crt"] + algorithmOfDigest)
    }
    return try der(name)
  }

  func der(_ name: String) throws -> [UInt8] {
    try PEMDocument(pemString: String(contentsOf: folder.file("\(name).crt"), encoding: .utf8)).derBytes
  }

  func file(_ name: String) -> URL { folder.file(name) }

  private func run(_ arguments: [String]) throws { try OpenSSL.run(arguments, in: folder.url) }
}
