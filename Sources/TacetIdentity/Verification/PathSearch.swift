import X509

/// The paths from a leaf through presented certificates to roots, found with bounded work (RFC 4158 §2.4, §5.2).
///
/// Certificates that sign each other make as many paths as there are orders of them, and a search that checks a signature at
/// every step can be kept busy for seconds by eight. Here each pair is checked once, a path holds each signer (name and key)
/// once, and both steps and paths are counted.
struct PathSearch {
  /// The most paths that are handed on.
  static let mostPaths = 4
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
  private var isSigned: [Edge: Bool] = [:]
  private var found: [[Int]] = []

  /// - Parameter presented: at least the leaf, which comes first.
  init(presented: [Certificate], roots: [Certificate]) {
    certificates = presented + roots
    self.presented = presented.count
  }

  /// Paths whose signatures hold and whose last certificate is signed by a root: leaf first, without the root, short ones first
  /// along each branch.
  mutating func paths() -> [[Certificate]] {
    extend([0])
    return found.map { path in path.map { certificates[$0] } }
  }

  private mutating func extend(_ path: [Int]) {
    guard let tip = path.last, !isExhausted else { return }
    steps += 1
    for root in presented..<certificates.count where holds(Edge(certificate: tip, signer: root)) {
      found.append(path)
      break
    }
    for signer in 1..<max(presented, 1) where !path.contains(where: { isSame($0, signer) }) {
      if holds(Edge(certificate: tip, signer: signer)) { extend(path + [signer]) }
    }
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
