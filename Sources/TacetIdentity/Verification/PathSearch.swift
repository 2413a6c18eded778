import X509

/// The paths from a leaf through presented certificates to roots, found with bounded work (RFC 4158 §2.4, §5.2).
///
/// Certificates that sign each other make as many paths as there are orders of them, and a search that checks a signature at
/// every step can be kept busy for seconds by eight. Here each pair is checked once, a path holds each signer (name and key)
/// once, and both steps and paths are counted.
struct PathSearch {
  /// The most paths that are handed on.
  static let mostPaths = 16
  /// The most partial paths that are looked at.
  static let mostSteps = 256

  /// How many signatures were checked: at most n·(n + roots) for n presented certificates.
  private(set) var signatureChecks = 0
  /// How many partial paths were looked at.
  private(set) var steps = 0
  /// Whether the search stopped at a limit.
  var isExhausted: Bool { steps >= Self.mostSteps || found.count >= Self.mostPaths }

  private struct Edge: Hashable {
    let certificate: Int
    let signer: Int
  }

  /// The presented certificates, leaf first, then the roots.
  private let certificates: [Certificate]
  private let presented: Int
  /// What is wrong with each of them as a signer, as far as it alone can tell.
  private let flaws: [SignerFlaw?]
  private var isSigned: [Edge: Bool] = [:]
  private var found: [[Int]] = []
  /// What was wrong with the first signer whose signature holds and that is not gone through.
  private(set) var flaw: SignerFlaw?

  /// - Parameters:
  ///   - presented: at least the leaf, which comes first.
  ///   - flaw: why a certificate may not sign others; nil where it may.
  init(presented: [Certificate], roots: [Certificate], flaw: (Certificate) -> SignerFlaw? = { _ in nil }) {
    certificates = presented + roots
    self.presented = presented.count
    flaws = certificates.map(flaw)
  }

  /// Paths whose signatures hold, through signers without flaw: leaf first, root last, short ones first along each branch.
  mutating func paths() -> [[Certificate]] {
    extend([0])
    return found.map { path in path.map { certificates[$0] } }
  }

  private mutating func extend(_ path: [Int]) {
    guard let tip = path.last, !isExhausted else { return }
    steps += 1
    for root in presented..<certificates.count where found.count < Self.mostPaths && leads(tip, to: root) {
      found.append(path + [root])
    }
    for signer in 1..<max(presented, 1) where !path.contains(where: { isSame($0, signer) }) {
      if leads(tip, to: signer) { extend(path + [signer]) }
    }
  }

  /// Whether a signer signed a certificate and may.
  private mutating func leads(_ certificate: Int, to signer: Int) -> Bool {
    guard holds(Edge(certificate: certificate, signer: signer)) else { return false }
    guard let flaw = flaws[signer] else { return true }
    self.flaw = self.flaw ?? flaw
    return false
  }

  /// Whether two certificates are of one signer.
  private func isSame(_ first: Int, _ second: Int) -> Bool {
    first == second
      || certificates[first].publicKey == certificates[second].publicKey
        && certificates[first].subject == certificates[second].subject
  }

  private mutating func holds(_ edge: Edge) -> Bool {
    if let known = isSigned[edge] { return known }
    let certificate = certificates[edge.certificate]
    let signer = certificates[edge.signer]
    var isValid = false
    if certificate.issuer == signer.subject {
      signatureChecks += 1
      isValid = signer.publicKey.isValidSignature(certificate.signature, for: certificate)
    }
    isSigned[edge] = isValid
    return isValid
  }
}
